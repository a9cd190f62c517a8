"""Which of the processes that train a model together this one is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rank:
    number: int
    of: int
