"""A prompt as the model is fed."""

from __future__ import annotations

from dataclasses import dataclass

from repro_worker.engines.transformers.messages import Cut


@dataclass(frozen=True)
class Prompt:
    ids: list[int]
    think_prefilled: bool
    """The template already closed an empty think block, so the completion cannot contain it."""
    cuts: list[Cut]
