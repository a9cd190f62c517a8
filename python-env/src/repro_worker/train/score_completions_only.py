"""Log-probabilities of the completions, and of nothing else."""

from __future__ import annotations

from typing import Any

import trl.trainer.utils as of_trl
from torch import device


def score_completions_only() -> None:
    """Keeps TRL from multiplying the prompts by the whole vocabulary on a CPU too.

    Without Triton, TRL 1.16 asks for the log-probability of every position and forgets those of the prompt
    (`add_fused_lm_head`), because some accelerators compile anew for every number of positions. On a CPU that was
    a third of a step: prompts are several times as long as the completions, and the vocabulary is a fifth of a
    small model.
    """
    functions: Any = of_trl
    has_triton = functions._use_triton
    if getattr(has_triton, "and_cpu", False):
        return

    def scores_completions_only(of: device) -> bool:
        return of.type == "cpu" or has_triton(of)

    scores_completions_only.and_cpu = True  # pyright: ignore[reportFunctionMemberAccess]
    functions._use_triton = scores_completions_only
