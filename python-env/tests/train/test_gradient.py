"""What a step learns from: which completions, with which advantage, behind which prompt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from repro_worker.engines.transformers.messages import ChatMessage

if TYPE_CHECKING:
    from conftest import accepted, by_sample, gradient_of, one_step, rejected
else:
    from .conftest import accepted, by_sample, gradient_of, one_step, rejected

pytestmark = pytest.mark.slow

Requests = Callable[..., dict[str, Any]]


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
