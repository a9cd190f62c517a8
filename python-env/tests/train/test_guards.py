"""Each guard trips when it should, and not before."""

from __future__ import annotations

import pytest

from repro_worker.errors import TrainingStoppedError
from repro_worker.train.alarms import Alarms
from repro_worker.train.guards import Guards, require_finite
from repro_worker.train.messages import GuardBounds, LengthRatio
from repro_worker.train.step_metrics import RewardMetrics

BOUNDS = GuardBounds(
    kl=1.0, unscored_share=0.5, length_ratio=LengthRatio(0.5, 1.5), zero_variance_steps=3, patience=2
)
GOOD: dict[str, float | None] = {
    "kl": 0.1,
    "unscoredShare": 0.1,
    "lengthRatio": 1.0,
    "zeroVarianceShare": 0.5,
}


@pytest.mark.parametrize(
    ("bad", "steps", "words"),
    [
        ({"kl": 2.0}, 2, r"the KL divergence .* is 2 .* expected at most 1"),
        ({"unscoredShare": 0.75}, 2, r"share of rollouts without a score .* is 0.75 .* expected at most 0.5"),
        ({"lengthRatio": 0.2}, 2, r"length .* is 0.2 .* expected 0.5 to 1.5"),
        ({"lengthRatio": 1.6}, 2, r"length .* is 1.6 .* expected 0.5 to 1.5"),
        ({"zeroVarianceShare": 1.0}, 3, r"groups that teach nothing .* is 1 .* expected some group"),
    ],
)
def test_stops_after_so_many_steps_in_a_row(bad: dict[str, float], steps: int, words: str) -> None:
    guards = Guards(BOUNDS)
    for step in range(1, 10):
        guards.check(2 * step - 1, {**GOOD, **bad})
        guards.check(2 * step, GOOD)  # between them it was well again
    for step in range(20, 20 + steps - 1):
        guards.check(step, {**GOOD, **bad})
    with pytest.raises(TrainingStoppedError, match=rf"Step {20 + steps - 1}: .*{words}"):
        guards.check(20 + steps - 1, {**GOOD, **bad})


def test_what_is_not_known_trips_nothing() -> None:
    guards = Guards(BOUNDS)
    for step in range(20):
        guards.check(step, {"kl": None, "lengthRatio": None})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_stops_at_once(value: float) -> None:
    require_finite(4, "loss", 0.5)
    with pytest.raises(
        TrainingStoppedError, match=r"Step 5: the loss is .* weights are still those of step 4"
    ):
        require_finite(5, "loss", value)


def test_g04_a_reward_that_is_always_the_same_is_named() -> None:
    alarms = Alarms(steps=20)
    format_reward = RewardMetrics(mean=1.0, spread=0.0, unscored_share=0.0, zero_variance_share=1.0)
    telling = RewardMetrics(mean=0.5, spread=0.5, unscored_share=0.0, zero_variance_share=0.2)
    said = [alarms.look({"format": format_reward, "length": telling}) for _ in range(40)]
    spoken = [step for step, found in enumerate(said, 1) if found]
    assert spoken == [20, 40]
    assert said[19][0][0] == "format"
    assert "the same for all rollouts" in said[19][0][1]
    assert "it is 1 on average" in said[19][0][1]
