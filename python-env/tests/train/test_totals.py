"""From parts to totals: gates, rejections, missing scores, both ways to normalise."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_worker.train.messages import RewardWeight, RolloutScore
from repro_worker.train.totals import Rules, is_flat, totals_of_group

QUALITY = RewardWeight("quality", 3.0, None)
MEANING = RewardWeight("meaning", 1.0, None)
GATED = RewardWeight("quality", 3.0, "meaning")
Parts = tuple[float | None, ...]


def score(*parts: float | None, outcome: str = "accepted") -> RolloutScore:
    return RolloutScore(outcome, None, list(parts), 100, 80)  # type: ignore[arg-type]


def rejected(*parts: float | None) -> RolloutScore:
    return score(*parts, outcome="rejected")


def totals(
    *group: RolloutScore,
    rewards: tuple[RewardWeight, ...] = (QUALITY, MEANING),
    rejected: str = "lowest",
    normalise: str = "total",
) -> list[float | None]:
    return totals_of_group(group, Rules(rewards, rejected, normalise))  # type: ignore[arg-type]


def test_adds_the_weighted_parts() -> None:
    assert totals(score(2.0, 1.0), score(-1.0, 0.0)) == [7.0, -3.0]


def test_a_missing_part_leaves_the_rollout_without_a_total_and_its_neighbours_as_they_are() -> None:
    assert totals(score(2.0, None), score(1.0, 1.0)) == [None, 4.0]


def test_a_part_of_weight_0_may_be_missing() -> None:
    assert totals(score(1.0, None), rewards=(QUALITY, RewardWeight("meaning", 0.0, None))) == [3.0]


def test_a_closed_gate_leaves_no_credit_but_a_penalty() -> None:
    rewards = (GATED, MEANING)
    assert totals(score(2.0, 0.0), score(-2.0, 0.0), score(2.0, 1.0), rewards=rewards) == [0.0, -6.0, 7.0]


def test_an_unscored_gate_leaves_what_it_gates_unscored() -> None:
    weightless = RewardWeight("meaning", 0.0, None)
    assert totals(score(2.0, None), rewards=(GATED, weightless)) == [None]


def test_a_rejected_rollout_earns_one_less_than_the_lowest_accepted() -> None:
    assert totals(rejected(None, None), score(1.0, 1.0), score(0.0, 1.0)) == [0.0, 4.0, 1.0]


def test_a_group_without_an_accepted_rollout_has_no_totals() -> None:
    assert totals(rejected(None, None), rejected(None, None)) == [None, None]
    assert totals(rejected(None, None), score(None, 1.0)) == [None, None]


def test_as_the_paper_a_rejected_rollout_earns_what_the_empty_text_scores() -> None:
    assert totals(rejected(-4.0, 0.0), score(1.0, 1.0), rejected="as-empty") == [-12.0, 4.0]


def test_each_reward_counts_alike_when_each_is_normalised() -> None:
    group = [score(400.0, 0.0), score(0.0, 1.0), score(0.0, 0.0), score(400.0, 1.0)]
    even = (RewardWeight("a", 1.0, None), RewardWeight("b", 1.0, None))
    found = totals(*group, rewards=even, normalise="each")
    assert found[0] == pytest.approx(found[1], abs=1e-3)
    assert found[3] == pytest.approx(-(found[2] or 0), abs=1e-3)
    by_total = totals(*group, rewards=even)
    assert by_total[0] == 400 * (by_total[1] or 0)


parts = st.floats(-4, 4, allow_nan=False) | st.none()


@given(st.lists(st.tuples(parts, parts), min_size=2, max_size=8))
def test_normalised_parts_have_mean_0_and_spread_1(group: list[Parts]) -> None:
    one = (RewardWeight("a", 1.0, None), RewardWeight("b", 0.0, None))
    found = totals(*(score(*each) for each in group), rewards=one, normalise="each")
    values = [total for total in found if total is not None]
    given_values = [each[0] for each in group if each[0] is not None]
    assert len(values) == len(given_values)
    if len(given_values) > 1 and stdev(given_values) > 0.1:  # pyright: ignore
        assert fmean(values) == pytest.approx(0, abs=1e-6)
        assert stdev(values) == pytest.approx(1, rel=2e-3)


@given(
    st.lists(st.tuples(parts, parts, st.booleans()), min_size=1, max_size=8),
    st.sampled_from(["total", "each"]),
)
def test_a_rejected_rollout_is_never_better_than_an_accepted_one(
    group: list[tuple[float | None, float | None, bool]], normalise: str
) -> None:
    found = totals(*(score(a, b) if ok else rejected(None, None) for a, b, ok in group), normalise=normalise)
    good = [total for total, (_, _, ok) in zip(found, group, strict=True) if ok and total is not None]
    bad = [total for total, (_, _, ok) in zip(found, group, strict=True) if not ok and total is not None]
    assert all(math.isfinite(total) for total in good + bad)
    assert not bad or max(bad) < min(good)


def test_a_group_is_flat_when_nothing_tells_its_rollouts_apart() -> None:
    assert is_flat([1.0, 1.0, None])
    assert is_flat([1.0, None])
    assert is_flat([])
    assert not is_flat([1.0, 1.1])
