"""Rewards that say nothing: worth a word, not the end of a training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from repro_worker.train.step_metrics import RewardMetrics


@dataclass
class Alarms:
    """Speaks once when a reward has not told rollouts apart for `steps` steps in a row, and again when it lasts."""

    steps: int
    in_a_row: Counter[str] = field(default_factory=Counter[str])

    def look(self, rewards: Mapping[str, RewardMetrics]) -> Sequence[tuple[str, str]]:
        """Pairs of a reward's name and what is the matter with it."""
        found: list[tuple[str, str]] = []
        for name, metrics in rewards.items():
            is_flat = metrics.zero_variance_share is not None and metrics.zero_variance_share >= 1
            self.in_a_row[name] = self.in_a_row[name] + 1 if is_flat else 0
            if is_flat and self.in_a_row[name] % self.steps == 0:
                always = "" if metrics.mean is None else f"; it is {metrics.mean:g} on average"
                found.append(
                    (
                        name,
                        f"{name} was the same for all rollouts of every group for {self.in_a_row[name]} steps, so it "
                        f"taught nothing{always}",
                    )
                )
        return found
