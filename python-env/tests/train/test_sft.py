"""Supervised training of a tiny random model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import sampling_of, train
else:
    from .conftest import sampling_of, train

pytestmark = pytest.mark.slow

Requests = Callable[..., dict[str, Any]]


def pair(row: int, page: str, answer: str) -> dict[str, Any]:
    said = [{"role": "user", "parts": [{"text": page, "maxTokens": None, "keep": None}]}]
    return {"row": row, "prompt": {"messages": said, "text": None}, "completion": answer}


@pytest.fixture
def pairs(request_of: Requests, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def make(rows: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        path = tmp_path / "pairs.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return request_of(algorithm="sft", pairs=str(path), **changes)

    return make


def test_learns_to_answer_as_the_pairs_do(pairs: Callable[..., dict[str, Any]]) -> None:
    rows = [
        pair(row, page, "the key")
        for row, page in enumerate(["Two onions", "One leek", "The mat", "The window"])
    ]
    greedy = sampling_of(temperature=0)
    request = pairs(
        rows,
        steps=60,
        objective={"learningRate": 1e-2},
        evaluation={"every": 60, "samples": 1, "sampling": greedy, "greedy": False},
        checkpoints={"every": 100, "keepForResume": 1},
    )
    item = train(request)
    if item.error is not None:
        raise item.error
    losses = [event["metrics"]["loss"] for event in item.of("step")]
    assert losses[-1] < losses[0] / 10
    before, after = ([s["text"] for s in asked["samples"]] for asked in item.requests)
    assert before != after
    # It has learned to stop as well, so the whole answer is there and nothing else.
    assert after == ["the key", "the key"]
    assert [event["step"] for event in item.of("checkpoint")] == [60]


def test_goes_on_from_a_checkpoint(pairs: Callable[..., dict[str, Any]]) -> None:
    rows = [pair(row, f"page {row}", f"answer {row}") for row in range(5)]
    request = pairs(rows, steps=4)
    whole = train(request)
    last = Path(request["folder"]) / "checkpoints/step-000004"
    weights = (last / "model.safetensors").read_bytes()
    for path in sorted(last.rglob("*")):
        path.unlink()
    last.rmdir()
    again = train(request)
    assert again.error is None
    assert again.of("resumed") == [{"type": "resumed", "step": 3}]
    assert [event["step"] for event in again.of("step")] == [4]
    assert (last / "model.safetensors").read_bytes() == weights
    assert whole.of("step")[-1]["metrics"]["loss"] == again.of("step")[-1]["metrics"]["loss"]


def test_pairs_that_do_not_fit_are_left_out(pairs: Callable[..., dict[str, Any]]) -> None:
    item = train(pairs([pair(0, "a " * 2000, "b"), pair(1, "a", "b")]))
    assert getattr(item.error, "code", None) == "REPRO_NOTHING_TO_TRAIN_ON"
    assert "1 pairs can be trained on, expected at least 2" in str(item.error)
