"""Bounds that end a training when it has gone wrong, before more is spent on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from repro_worker.errors import TrainingStoppedError
from repro_worker.train.messages import GuardBounds


def require_finite(step: int, what: str, value: float) -> None:
    """Called with the loss and the gradient's norm before the optimizer takes its step."""
    if not math.isfinite(value):
        raise TrainingStoppedError(
            f"Step {step}: the {what} is {value}, expected a finite number; the weights are still those of step "
            f"{step - 1}. The same training would meet it again: look at the rollouts of this step, then train with a "
            "lower `learningRate` or a higher `objective.beta`, in another run or with --redo. The checkpoints stay."
        )


@dataclass
class Guards:
    """Counts for how many steps in a row each bound has been passed."""

    bounds: GuardBounds
    in_a_row: Counter[str] = field(default_factory=Counter[str])

    def check(self, step: int, metrics: Mapping[str, float | None]) -> None:
        bounds = self.bounds
        ratio, patience = bounds.length_ratio, bounds.patience
        kl, unscored = metrics.get("kl"), metrics.get("unscoredShare")
        length, flat = metrics.get("lengthRatio"), metrics.get("zeroVarianceShare")
        self._count("kl", step, kl, kl is not None and kl > bounds.kl, f"at most {bounds.kl:g}", patience)
        self._count(
            "unscoredShare",
            step,
            unscored,
            unscored is not None and unscored > bounds.unscored_share,
            f"at most {bounds.unscored_share:g}",
            patience,
        )
        self._count(
            "lengthRatio",
            step,
            length,
            length is not None and not ratio.at_least <= length <= ratio.at_most,
            f"{ratio.at_least:g} to {ratio.at_most:g}",
            patience,
        )
        self._count(
            "zeroVarianceShare",
            step,
            flat,
            flat is not None and flat >= 1,
            "some group whose rollouts differ in their total",
            bounds.zero_variance_steps,
        )

    def _count(
        self, name: str, step: int, value: float | None, passed: bool, expected: str, patience: int
    ) -> None:
        self.in_a_row[name] = self.in_a_row[name] + 1 if passed else 0
        if passed and self.in_a_row[name] >= patience:
            steps = "this step" if patience == 1 else f"the last {patience} steps"
            raise TrainingStoppedError(
                f"Step {step}: {EXPLAINED[name]} is {value:.3g} and was out of bounds in {steps}; expected {expected}. "
                "Look at the rollouts. With another bound in `train.guards` the same command goes on from the newest "
                "checkpoint; with another recipe, train in another run or with --redo."
            )


EXPLAINED = {
    "kl": "the KL divergence from the first model (kl)",
    "unscoredShare": "the share of rollouts without a score (unscoredShare)",
    "lengthRatio": "the mean length of accepted answers as a share of their sources (lengthRatio)",
    "zeroVarianceShare": "the share of groups that teach nothing (zeroVarianceShare)",
}
