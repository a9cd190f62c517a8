"""Whole trainings of a tiny random model, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from repro_worker.protocol import TrainerBoot
from repro_worker.train.service import TrainerService

from .conftest import Score, TrainingItem, by_length

Requests = Callable[..., dict[str, Any]]


def train(request: dict[str, Any], score: Score = by_length) -> TrainingItem:
    item = TrainingItem(request, score)
    TrainerService(TrainerBoot(0, 1, "", 0))._serve_item(item)  # pyright: ignore
    return item


def test_takes_its_steps(request_of: Requests) -> None:
    item = train(request_of())
    if item.error:
        raise item.error
    assert item.ended
    assert [event["step"] for event in item.of("step")] == [1, 2]
