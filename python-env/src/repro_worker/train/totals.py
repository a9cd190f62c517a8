"""From the parts that the host scored to one number per rollout. Works on whole groups, after ranks have gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from repro_worker.train.messages import RewardWeight, RolloutScore

SMALLEST_SPREAD = 1e-4
"""Added to a spread before something is divided by it, as TRL does."""

Parts = Sequence[float | None]
"""Of one rollout: (rewards,)."""


@dataclass(frozen=True)
class Rules:
    rewards: Sequence[RewardWeight]
    rejected: Literal["lowest", "as-empty"]
    normalise: Literal["total", "each"]


def totals_of_group(group: Sequence[RolloutScore], rules: Rules) -> list[float | None]:
    """Totals of the rollouts of one prompt; None where there is none, and so no gradient.

    A rollout is without a total when a part that counts is unscored, or when it was rejected and no neighbour was
    accepted that it could be measured by.
    """
    parts = [gated_parts(each.scores, rules.rewards) if counts(each, rules) else None for each in group]
    if rules.normalise == "each":
        parts = normalise_each(parts, rules.rewards)
    totals = [None if each is None else weighted_sum(each, rules.rewards) for each in parts]
    accepted = [total for total in totals if total is not None]
    lowest = min(accepted, default=None)
    for index, each in enumerate(group):
        if not counts(each, rules) and lowest is not None:
            totals[index] = lowest - 1
    return totals


def counts(score: RolloutScore, rules: Rules) -> bool:
    """Whether its own parts decide what it earns."""
    return score.outcome == "accepted" or rules.rejected == "as-empty"


def gated_parts(parts: Parts, rewards: Sequence[RewardWeight]) -> list[float | None]:
    """A closed gate holds a part at 0 or less, an unscored one leaves it unscored (`combineScores` of the host)."""
    place = {reward.name: index for index, reward in enumerate(rewards)}
    gated: list[float | None] = []
    for part, reward in zip(parts, rewards, strict=True):
        if part is None or reward.only_if is None:
            gated.append(part)
            continue
        gate = parts[place[reward.only_if]]
        gated.append(None if gate is None else part if gate > 0 else min(0.0, part))
    return gated


def weighted_sum(parts: Parts, rewards: Sequence[RewardWeight]) -> float | None:
    needed = [
        (part, reward.weight) for part, reward in zip(parts, rewards, strict=True) if reward.weight != 0
    ]
    if any(part is None for part, _ in needed):
        return None
    return sum(part * weight for part, weight in needed if part is not None)


def normalise_each(
    group: Sequence[list[float | None] | None], rewards: Sequence[RewardWeight]
) -> list[list[float | None] | None]:
    """Every reward to mean 0 and spread 1 over the rollouts that have it (GDPO, Liu et al. 2026)."""
    normalised = [None if parts is None else list(parts) for parts in group]
    for index in range(len(rewards)):
        values = [parts[index] for parts in group if parts is not None]
        scored = [value for value in values if value is not None]
        if not scored:
            continue
        mean, spread = fmean(scored), spread_of(scored)
        for parts in normalised:
            if parts is not None and (value := parts[index]) is not None:
                parts[index] = (value - mean) / (spread + SMALLEST_SPREAD)
    return normalised


def spread_of(values: Sequence[float]) -> float:
    """Standard deviation of a sample; 0 for a single value."""
    return stdev(values) if len(values) > 1 else 0.0


def is_flat(values: Sequence[float | None]) -> bool:
    """Whether a group teaches nothing: fewer than two values, or all the same."""
    scored = [value for value in values if value is not None]
    return len(scored) < 2 or max(scored) - min(scored) < 1e-9
