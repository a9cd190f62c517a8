"""What a step was worth, from the scores of all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from repro_worker.message import Message
from repro_worker.train.messages import RewardWeight, RolloutScore, RolloutText
from repro_worker.train.totals import is_flat, spread_of


class RewardMetrics(Message):
    mean: float | None
    spread: float | None
    unscored_share: float
    zero_variance_share: float | None


@dataclass(frozen=True)
class ScoredRollout:
    """A rollout with everything that is known of it, as the ranks exchange it."""

    text: RolloutText
    score: RolloutScore
    resampled: int
    """How often its group was drawn again."""


def metrics_of_step(
    rollouts: Sequence[ScoredRollout], totals: Sequence[float | None], group_size: int
) -> dict[str, Any]:
    """Of whole groups, one after the other: `rollouts` and `totals` are (groups * group_size,)."""
    scored = [total for total in totals if total is not None]
    accepted = [each.score for each in rollouts if each.score.outcome == "accepted"]
    groups = range(0, len(rollouts), group_size)
    return {
        "total": mean_of(scored),
        "totalSpread": spread_of(scored) if scored else None,
        "zeroVarianceShare": fmean(is_flat(totals[at : at + group_size]) for at in groups),
        "unscoredShare": fmean(total is None for total in totals),
        "rejectedShare": fmean(each.score.outcome == "rejected" for each in rollouts),
        "cutOffShare": fmean(each.text.finish_reason == "length" for each in rollouts),
        "lengthRatio": mean_of([each.characters / max(1, each.source_characters) for each in accepted]),
        "promptTokens": sum(each.text.prompt_tokens for each in rollouts),
        "completionTokens": sum(each.text.tokens for each in rollouts),
        "resampledGroups": sum(rollouts[at].resampled > 0 for at in groups),
    }


def metrics_of_rewards(
    rollouts: Sequence[ScoredRollout], group_size: int, rewards: Sequence[RewardWeight]
) -> dict[str, RewardMetrics]:
    """Each reward on its own, over the accepted rollouts."""
    found: dict[str, RewardMetrics] = {}
    for index, reward in enumerate(rewards):
        parts = [part_of(each.score, index) for each in rollouts]
        values = [part for part in parts if part is not None]
        accepted = sum(each.score.outcome == "accepted" for each in rollouts)
        groups = [parts[at : at + group_size] for at in range(0, len(parts), group_size)]
        seen = [group for group in groups if any(part is not None for part in group)]
        found[reward.name] = RewardMetrics(
            mean=mean_of(values),
            spread=spread_of(values) if values else None,
            unscored_share=1 - len(values) / accepted if accepted else 0.0,
            zero_variance_share=fmean(is_flat(group) for group in seen) if seen else None,
        )
    return found


def part_of(score: RolloutScore, index: int) -> float | None:
    return score.scores[index] if score.outcome == "accepted" else None


def mean_of(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
