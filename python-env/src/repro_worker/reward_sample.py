"""What a reward of one Python file is given of each text."""

from __future__ import annotations

from typing import Any

from repro_worker.message import Message


class RewardSample(Message):
    """A page before and after: `sample.original`, `sample.rephrased`."""

    id: str
    original: str
    rephrased: str
    metadata: dict[str, Any]
    """The other fields of the record."""
