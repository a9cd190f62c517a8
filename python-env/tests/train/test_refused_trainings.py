"""What cannot be trained, or not here, is said before a step is spent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import sampling_of, train, trained, write_passages
else:
    from .conftest import sampling_of, train, trained, write_passages

pytestmark = pytest.mark.slow

Requests = Callable[..., dict[str, Any]]


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


def test_another_prompt_than_the_checkpoint_was_trained_with_is_refused(request_of: Requests) -> None:
    trained(request_of(steps=1))
    other = request_of(steps=1, model={"thinking": "soft-off"})
    item = train(other)
    assert getattr(item.error, "code", None) == "REPRO_CHECKPOINT_MISMATCH"
    assert "prompt" in str(item.error)
    assert json.dumps(item.events).count("rollouts") == 0


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
