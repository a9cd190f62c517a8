"""What a trainer tells of its data before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from repro_worker.train.training_passages import LeftOut, TrainingPassages

EXAMPLES: Final = 20
"""Of what is left out; the rest is counted."""


def data_event(
    *,
    rows: int,
    documents: int,
    left_out: Sequence[LeftOut],
    longest_prompt_tokens: int,
    first_row: int,
    first_prompt_sha256: str,
    held_out: TrainingPassages,
) -> dict[str, Any]:
    """By its first prompt the host checks later that recycling reads prompts as the same tokens."""
    return {
        "type": "data",
        "rows": rows,
        "documents": documents,
        "leftOut": left_out[:EXAMPLES],
        "leftOutCount": len(left_out),
        "longestPromptTokens": longest_prompt_tokens,
        "promptSha256": first_prompt_sha256,
        "promptRow": first_row,
        "heldOutRows": len(held_out.fitting),
        "heldOutLeftOut": len(held_out.left_out),
    }
