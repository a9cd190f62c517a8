"""Whole trainings of a tiny random model, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repro_worker.protocol import TrainerBoot
from repro_worker.train.service import TrainerService

if TYPE_CHECKING:
    from conftest import Score, TrainingItem, accepted, by_length, sampling_of, train, trained
else:
    from .conftest import TrainingItem, accepted, by_length, sampling_of, train, trained

pytestmark = pytest.mark.slow

Requests = Callable[..., dict[str, Any]]


def test_tells_what_it_does(request_of: Requests) -> None:
    evaluation = {"every": 2, "samples": 2, "sampling": sampling_of(), "greedy": True}
    item = trained(request_of(steps=3, evaluation=evaluation))
    assert [event["type"] for event in item.events] == [
        "data",
        "started",
        "evaluated",
        *("rollouts", "step", "checkpoint"),
        *("rollouts", "step", "evaluated", "checkpoint"),
        *("rollouts", "step", "evaluated", "checkpoint"),
        "finished",
    ]
    assert item.of("data")[0]["documents"] == 6
    asked = [
        (asked["purpose"], asked["step"], asked["mode"], len(asked["samples"])) for asked in item.requests
    ]
    held_out = [("held-out", "sample", 2), ("held-out", "sample", 2), ("held-out", "greedy", 2)]
    at = {step: [(each[0], each[2], each[3]) for each in asked if each[1] == step] for step in range(4)}
    assert at == {
        0: held_out,
        1: [("rollout", "sample", 8)],
        2: [("rollout", "sample", 8), *held_out],
        3: [("rollout", "sample", 8), *held_out],
    }
    metrics = item.of("step")[-1]["metrics"]
    assert metrics["completionTokens"] <= 64
    assert metrics["rewards"]["longer"]["mean"] == pytest.approx(metrics["total"])
    assert metrics["kl"] > 0
    assert metrics["seconds"] >= metrics["generateSeconds"] + metrics["callbackSeconds"]


def test_the_held_out_noise_is_the_same_at_every_step(request_of: Requests) -> None:
    evaluation = {"every": 1, "samples": 1, "sampling": sampling_of(), "greedy": False}
    item = trained(request_of(steps=1, evaluation=evaluation, objective={"learningRate": 0.0}))
    first, second = ([s["text"] for s in r["samples"]] for r in item.requests if r["purpose"] == "held-out")
    assert first == second


def test_learns_what_is_rewarded(request_of: Requests) -> None:
    def letters(sample: dict[str, Any]) -> dict[str, Any]:
        text = sample["text"]
        return accepted(sum(letter.isascii() and letter.isalpha() for letter in text) / max(1, len(text)))

    request = request_of(
        steps=40,
        promptsPerStep=4,
        objective={"learningRate": 5e-3, "beta": 0.0},
        guards={"zeroVarianceSteps": 1000},  # it may learn all there is
    )
    totals = [event["metrics"]["total"] for event in trained(request, letters).of("step")]
    assert sum(totals[-5:]) / 5 > sum(totals[:5]) / 5 + 0.1


def test_a_cancel_ends_it_inside_a_step(request_of: Requests) -> None:
    request = request_of(steps=50)
    item: TrainingItem

    def cancel_in_step_2(sample: dict[str, Any]) -> dict[str, Any]:
        item.cancelled = len(item.requests) == 2
        return by_length(sample)

    item = TrainingItem(request, cancel_in_step_2)
    TrainerService(TrainerBoot(0, 1, "", 0))._serve_item(item)  # pyright: ignore
    assert getattr(item.error, "code", None) == "REPRO_CANCELLED"
    assert len(item.requests) == 2


def test_a_loss_that_is_no_number_ends_it_before_the_weights_change(request_of: Requests) -> None:
    item = train(request_of(steps=30, objective={"learningRate": 1e30, "maxGradientNorm": 1e30}))
    assert getattr(item.error, "code", None) == "REPRO_TRAINING_STOPPED"
    assert "expected a finite number" in str(item.error)


@pytest.mark.parametrize(
    ("guards", "score", "cause"),
    [
        ({"kl": 1e-4, "patience": 1}, by_length, "(kl)"),
        ({"unscoredShare": 0.5, "patience": 1}, lambda _: accepted(None), "(unscoredShare)"),
        ({"lengthRatio": {"atLeast": 0.9, "atMost": 2}, "patience": 1}, by_length, "(lengthRatio)"),
        ({"zeroVarianceSteps": 2}, lambda _: accepted(1.0), "(zeroVarianceShare)"),
    ],
)
def test_a_guard_ends_it_with_step_and_cause(
    request_of: Requests, guards: dict[str, Any], score: Score, cause: str
) -> None:
    item = train(request_of(steps=30, guards=guards, objective={"learningRate": 0.05}), score)
    assert getattr(item.error, "code", None) == "REPRO_TRAINING_STOPPED"
    assert cause in str(item.error)
    assert str(item.error).startswith(f"Step {item.of('step')[-1]['step']}:")


def test_lora_leaves_a_whole_model_in_every_checkpoint(request_of: Requests, tiny_folder: Path) -> None:
    from repro_worker.engines import load_engine

    lora = {"rank": 4, "alpha": 8, "dropout": 0.0}
    request = request_of(steps=2, hardware={"lora": lora}, objective={"learningRate": 0.05, "warmupShare": 0})
    item = trained(request)
    assert item.of("step")[-1]["metrics"]["kl"] > 0
    last = Path(request["folder"]) / "checkpoints/step-000002"
    engine: Any = load_engine("transformers", str(last / "merged"), {"device": "cpu"})
    first: Any = load_engine("transformers", str(tiny_folder), {"device": "cpu"})
    for each in (engine, first):
        each.load(lambda *_: None)
    changed = {
        name
        for (name, after), before in zip(
            engine._loaded.model.named_parameters(), first._loaded.model.parameters(), strict=True
        )
        if not after.equal(before)
    }
    assert changed
    assert all("proj" in name for name in changed)
    # And it goes on from the adapter.
    for path in sorted(last.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    last.rmdir()
    again = trained(request)
    assert again.of("resumed") == [{"type": "resumed", "step": 1}]
    assert again.of("step")[-1]["metrics"]["total"] == item.of("step")[-1]["metrics"]["total"]


def test_tensorboard_gets_each_reward(request_of: Requests) -> None:
    request = request_of(steps=2, reportTo=["tensorboard"])
    trained(request)
    written = b"".join(path.read_bytes() for path in (Path(request["folder"]) / "tensorboard").iterdir())
    for name in (b"train/repro/total", b"train/repro/rewards/longer/mean", b"train/kl"):
        assert name in written
