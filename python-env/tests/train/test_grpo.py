"""Whole trainings of a tiny random model, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from repro_worker.engines.transformers.messages import ChatMessage
from repro_worker.protocol import TrainerBoot
from repro_worker.train.messages import TrainInput
from repro_worker.train.service import TrainerService

if TYPE_CHECKING:
    from conftest import Score, TrainingItem
else:
    from .conftest import TrainingItem, accepted, by_length, rejected, sampling_of, write_passages

pytestmark = pytest.mark.slow

Requests = Callable[..., dict[str, Any]]


def train(request: dict[str, Any], score: Score = by_length) -> TrainingItem:
    item = TrainingItem(request, score)
    TrainerService(TrainerBoot(0, 1, "", 0))._serve_item(item)  # pyright: ignore
    return item


def trained(request: dict[str, Any], score: Score = by_length) -> TrainingItem:
    item = train(request, score)
    if item.error is not None:
        raise item.error
    assert item.ended
    return item


def one_step(request: dict[str, Any], score: Score = by_length) -> tuple[Any, dict[str, Any], TrainingItem]:
    """A trainer and the batch of its first step, ready for the loss."""
    from repro_worker.train.grpo import prepare_trainer
    from repro_worker.train.rank import Rank

    item = TrainingItem(request, score)
    trainer = prepare_trainer(msgspec.convert(request, TrainInput, strict=False), item, Rank(0, 1))
    trainer.current_gradient_accumulation_steps = 1
    prompts = request["promptsPerStep"]
    rows = [{"prompt": str(position)} for position in range(prompts) for _ in range(request["rollouts"])]
    trainer.model.train()
    return trainer, trainer._generate_and_score_completions(rows), item


def gradient_of(trainer: Any, batch: dict[str, Any]) -> Any:
    import torch

    trainer.model.zero_grad()
    trainer._compute_loss(trainer.model, batch).backward()
    return torch.cat([parameter.grad.flatten().clone() for parameter in trainer.model.parameters()])


def by_sample(*groups: list[float | None]) -> Score:
    """Scores by the place of a sample in its group, group after group."""
    calls = iter([value for group in groups for value in group])
    return lambda _: accepted(next(calls))


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


def test_g01_a_rollout_without_a_score_leaves_its_neighbours_alone(request_of: Requests) -> None:
    inf = float("inf")
    groups: list[list[float | None]] = [
        [1, 2, 3, None],
        [0.5, 0.5, None, 0.5],
        [None, None, None, None],
        [1, inf, 2, 3],
    ]
    trainer, batch, item = one_step(request_of(promptsPerStep=4), by_sample(*groups))
    told = item.of("rollouts")[0]["rollouts"]
    advantages = [each["advantage"] for each in told]
    assert advantages == pytest.approx([-1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 1], abs=1e-3)
    masked = [index for index, each in enumerate(told) if each["masked"]]
    assert masked == [3, 6, 8, 9, 10, 11, 13]
    assert trainer.metrics["unscoredShare"] == pytest.approx(7 / 16)

    import torch

    whole = gradient_of(trainer, batch)
    assert torch.isfinite(whole).all()
    assert whole.abs().sum() > 0
    # Whatever stands in the masked rows, the gradient is the same to the last bit.
    spoilt = dict(batch)
    spoilt["advantages"] = batch["advantages"].clone()
    spoilt["advantages"][masked] = 1e6
    spoilt["ref_per_token_logps"] = batch["ref_per_token_logps"].clone()
    spoilt["ref_per_token_logps"][masked] += 3.0
    assert torch.equal(gradient_of(trainer, spoilt), whole)
    # And it is that of a batch in which they never were.
    kept = [index for index in range(16) if index not in masked]
    without = {key: value[kept] if value.dim() > 0 else value for key, value in batch.items()}
    assert torch.allclose(gradient_of(trainer, without), whole, atol=1e-6)


def test_a_rejected_rollout_is_pushed_away_from(request_of: Requests) -> None:
    answers = iter([accepted(1.0), rejected(None), accepted(0.0), accepted(1.0)])
    _, _, item = one_step(request_of(promptsPerStep=1), lambda _: next(answers))
    told = item.of("rollouts")[0]["rollouts"]
    assert [each["total"] for each in told] == [1.0, -1.0, 0.0, 1.0]
    assert min(told, key=lambda each: each["advantage"])["sample"] == 1


def test_a_group_that_teaches_nothing_is_drawn_again(request_of: Requests) -> None:
    request = request_of(promptsPerStep=2, objective={"resample": 2})
    first = [accepted(1.0)] * 4 + [accepted(float(value)) for value in (1, 2, 3, 4)]
    again = [accepted(1.0)] * 4 + [accepted(float(value)) for value in (1, 1, 2, 1)]
    answers = iter([*first, *again])
    trainer, _, item = one_step(request, lambda _: next(answers))
    assert [len(asked["samples"]) for asked in item.requests] == [8, 4, 4]
    assert item.requests[0]["samples"][0]["text"] != item.requests[1]["samples"][0]["text"]
    assert trainer.metrics["resampledGroups"] == 1
    assert trainer.metrics["zeroVarianceShare"] == 0.0
    assert next(answers, None) is None


def test_a_group_that_teaches_nothing_is_counted(request_of: Requests) -> None:
    scores = by_sample([1, 1, 1, 1], [1, 2, 1, 1])
    trainer, _, _ = one_step(request_of(promptsPerStep=2), scores)
    assert trainer.metrics["zeroVarianceShare"] == 0.5
    assert trainer.metrics["rewards"]["longer"].zero_variance_share == 0.5


def test_prompts_that_do_not_fit_are_left_out_and_counted(request_of: Requests, tmp_path: Path) -> None:
    request = request_of(steps=1)
    rows = [("a", 0, "The key"), ("b", 0, "The mat"), ("c", 0, "is under the mat " * 400)]
    write_passages(Path(request["passages"]), rows)
    item = trained(request)
    data = item.of("data")[0]
    assert (data["rows"], data["leftOutCount"]) == (2, 1)
    assert data["leftOut"][0]["documentId"] == "c"
    assert {sample["row"] for asked in item.requests for sample in asked["samples"]} <= {0, 1}
    longest = data["longestPromptTokens"]
    assert all(s["promptTokens"] <= longest for asked in item.requests for s in asked["samples"])


def test_where_no_prompt_fits_nothing_is_spent(request_of: Requests) -> None:
    item = train(request_of(documents=3, words=500))
    assert getattr(item.error, "code", None) == "REPRO_NOTHING_TO_TRAIN_ON"
    assert "0 passages can be trained on, expected at least 2" in str(item.error)
    assert "4 were left out" in str(item.error)
    assert item.requests == []


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


def test_another_prompt_than_the_checkpoint_was_trained_with_is_refused(request_of: Requests) -> None:
    trained(request_of(steps=1))
    other = request_of(steps=1, model={"thinking": "soft-off"})
    item = train(other)
    assert getattr(item.error, "code", None) == "REPRO_CHECKPOINT_MISMATCH"
    assert "prompt" in str(item.error)
    assert json.dumps(item.events).count("rollouts") == 0


def test_each_reward_may_be_normalised_on_its_own(request_of: Requests) -> None:
    rewards = [{"name": name, "weight": 1, "onlyIf": None} for name in ("large", "small")]
    answers = iter([accepted(400, 0), accepted(0, 1), accepted(0, 0), accepted(400, 1)])
    request = request_of(promptsPerStep=1, rewards=rewards, objective={"normalise": "each"})
    _, _, item = one_step(request, lambda _: next(answers))
    first, second, third, last = (each["advantage"] for each in item.of("rollouts")[0]["rollouts"])
    assert first == pytest.approx(second, abs=1e-2)
    assert last == pytest.approx(-third, abs=1e-2)


THINKS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("thinking", ["on", "soft-off", "template-off"])
def test_the_loss_sees_the_prompt_that_recycling_asks_with(
    request_of: Requests, tmp_path: Path, thinking: str, begun: bool
) -> None:
    from repro_worker.engines import load_engine
    from repro_worker.tiny_model import write_model

    folder = write_model(tmp_path / "thinks", template=THINKS)
    request = request_of(promptsPerStep=2, model={"path": str(folder), "thinking": thinking})
    passages = Path(request["passages"])
    rows = [json.loads(line) for line in passages.read_text().splitlines()]
    for row in rows:
        said = [("system", "Be kind."), ("user", f"{row['row']} <think> <|im_end|> naïve 日本")]
        row["prompt"]["messages"] = [
            {"role": role, "parts": [{"text": text, "maxTokens": None, "keep": None}]}
            for role, text in [*said, *([("assistant", "Here is:")] if begun else [])]
        ]
    passages.write_text("".join(json.dumps(row) + "\n" for row in rows))

    trainer, batch, item = one_step(request)
    engine: Any = load_engine("transformers", str(folder), {"device": "cpu", "thinking": thinking})
    engine.load(lambda *_: None)
    for place, sample in enumerate(item.requests[0]["samples"]):
        prompt = rows[sample["row"]]["prompt"]
        rendered = engine._loaded.build_prompt(msgspec.convert(prompt["messages"], list[ChatMessage]), None)
        in_loss = batch["prompt_ids"][place][batch["prompt_mask"][place].bool()].tolist()
        assert in_loss == rendered.ids
        assert sample["thinkPrefilled"] is rendered.think_prefilled
        ids = batch["completion_ids"][place][batch["completion_mask"][place].bool()].tolist()
        assert (
            trainer.processing_class.decode(ids, skip_special_tokens=True).rstrip("\ufffd") == sample["text"]
        )
    if thinking == "template-off" and not begun:
        assert all(sample["thinkPrefilled"] for sample in item.requests[0]["samples"])


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


@pytest.mark.parametrize(
    ("hardware", "words"),
    [
        (
            {"vllm": {"mode": "colocate", "gpuMemoryUtilization": 0.3, "serverUrl": None}},
            "train.hardware.vllm",
        ),
        ({"parallel": "fsdp2"}, "train.hardware.parallel: fsdp2"),
        ({"parallel": "zero3"}, "train.hardware.parallel: zero3"),
    ],
)
def test_what_this_environment_cannot_do_is_refused(
    request_of: Requests, hardware: dict[str, Any], words: str
) -> None:
    item = train(request_of(hardware=hardware))
    assert getattr(item.error, "code", None) == "REPRO_REQUIREMENT_MISSING"
    assert words in str(item.error)
    assert item.events == []


def test_tensorboard_gets_each_reward(request_of: Requests) -> None:
    request = request_of(steps=2, reportTo=["tensorboard"])
    trained(request)
    written = b"".join(path.read_bytes() for path in (Path(request["folder"]) / "tensorboard").iterdir())
    for name in (b"train/repro/total", b"train/repro/rewards/longer/mean", b"train/kl"):
        assert name in written


def test_a_reporter_that_is_not_installed_is_refused(request_of: Requests) -> None:
    item = train(request_of(reportTo=["trackio"]))
    assert getattr(item.error, "code", None) == "REPRO_REQUIREMENT_MISSING"
    assert "trackio" in str(item.error)
    assert item.of("step") == []


def test_held_out_passages_that_cannot_be_measured_are_refused(request_of: Requests) -> None:
    evaluation = {"every": 1, "samples": 1, "sampling": sampling_of(maxTokens=2000), "greedy": False}
    item = train(request_of(evaluation=evaluation))
    assert getattr(item.error, "code", None) == "REPRO_NOTHING_TO_TRAIN_ON"
    assert "None of the 2 held-out passages" in str(item.error)
    assert item.of("step") == []
