"""What a step computes in bfloat16, and what it does not compute at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import gradient_of, one_step, sampling_of, trained
else:
    from .conftest import gradient_of, one_step, sampling_of, trained

pytestmark = pytest.mark.slow


def test_bfloat16_trains_and_answers_on_any_device(request_of: Callable[..., dict[str, Any]]) -> None:
    evaluation = {"every": 2, "samples": 2, "sampling": sampling_of(), "greedy": True}
    item = trained(request_of(steps=2, evaluation=evaluation, hardware={"precision": "bfloat16"}))
    assert item.of("started")[0]["precision"] == "bfloat16"
    assert len(item.of("step")) == 2
    assert all(event["metrics"]["completionTokens"] > 0 for event in item.of("step"))


def test_the_vocabulary_meets_the_completions_alone(
    request_of: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    import trl.trainer.utils as of_trl

    scored: list[int] = []

    class Counting(of_trl._ChunkedLogProbFunction):  # pyright: ignore
        @classmethod
        def apply(cls, hidden: Any, *rest: Any) -> Any:
            scored.append(len(hidden))
            return super().apply(hidden, *rest)

    monkeypatch.setattr(of_trl, "_ChunkedLogProbFunction", Counting)
    trainer, batch, _ = one_step(request_of())
    gradient = gradient_of(trainer, batch)
    tokens = int(batch["completion_mask"].sum())
    assert sum(scored) == 2 * tokens  # the reference's, and the policy's

    monkeypatch.setattr(of_trl, "_use_triton", lambda _: False)
    everything = gradient_of(trainer, batch)
    assert scored[-1] > 2 * tokens
    assert torch.allclose(everything, gradient, atol=1e-6)
