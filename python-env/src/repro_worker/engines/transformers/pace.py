"""What a device digests at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    rows: int
    prompt_tokens_per_pass: int
    """A long prompt goes in by pieces of this size: so long do running rows wait for it."""
    likelihood_tokens_per_pass: int


CPU_PACE = Pace(rows=32, prompt_tokens_per_pass=256, likelihood_tokens_per_pass=1024)
GPU_PACE = Pace(rows=128, prompt_tokens_per_pass=4096, likelihood_tokens_per_pass=16384)


def pick_pace(device: str, most_rows: int | None) -> Pace:
    pace = GPU_PACE if device.startswith("cuda") else CPU_PACE
    if most_rows is None:
        return pace
    return Pace(most_rows, pace.prompt_tokens_per_pass, pace.likelihood_tokens_per_pass)
