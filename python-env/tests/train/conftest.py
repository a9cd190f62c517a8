"""Trainings of a tiny random model, with a host of our own that scores what it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from repro_worker.protocol import TrainerBoot
from repro_worker.tiny_model import write_model
from repro_worker.train.messages import TrainInput
from repro_worker.train.service import TrainerService

Score = Callable[[dict[str, Any]], dict[str, Any]]
"""What the host answers to one sample of a callback."""


class TrainingItem:
    """The link's side of a training: events are kept, callbacks are answered by `score`."""

    method = "train"

    def __init__(self, request: dict[str, Any], score: Score) -> None:
        self.input = request
        self.cancelled = False
        self.events: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.error: BaseException | None = None
        self.ended = False
        self._score = score

    def more(self, value: object) -> None:
        self.events.append(msgspec.json.decode(msgspec.json.encode(value)))

    def end(self) -> None:
        self.ended = True

    def fail(self, error: BaseException) -> None:
        self.error = error

    def progress(self, message: str, done: float | None = None, total: float | None = None) -> None:
        del message, done, total

    def callback(self, name: str, value: object, timeout_seconds: float) -> Any:  # noqa: ANN401
        assert timeout_seconds > 0
        if name == "evaluated":
            self.events.append({"type": "evaluated", **msgspec.to_builtins(value)})
            return None
        assert name == "score"
        request = msgspec.json.decode(msgspec.json.encode(value))
        self.requests.append(request)
        return {"samples": [self._score(sample) for sample in request["samples"]]}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]


def accepted(*scores: float | None, characters: int = 40) -> dict[str, Any]:
    return {
        "outcome": "accepted",
        "reason": None,
        "scores": list(scores),
        "sourceCharacters": 50,
        "characters": characters,
    }


def rejected(*scores: float | None) -> dict[str, Any]:
    return {**accepted(*scores, characters=0), "outcome": "rejected", "reason": "no-opener"}


def by_length(sample: dict[str, Any]) -> dict[str, Any]:
    """A reward with spread: longer answers are better."""
    return accepted(len(sample["text"]) / 10)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def request_of(tiny_folder: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A request with six documents of one or two passages; keywords replace parts of it."""

    def make(*, documents: int = 6, words: int = 3, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        rows = [
            (f"d{document}", index, f"The key of page {document} " + "is under the mat " * words)
            for document in range(documents)
            for index in range(1 + document % 2)
        ]
        passages = write_passages(tmp_path / "passages.jsonl", rows)
        held_out = write_passages(
            tmp_path / "held-out.jsonl", [("h0", 0, "Two onions"), ("h1", 0, "One leek")]
        )
        sampling = sampling_of(maxTokens=8)
        request: dict[str, Any] = {
            "algorithm": "grpo",
            "folder": str(tmp_path / "train"),
            "passages": str(passages),
            "heldOut": str(held_out),
            "pairs": None,
            "model": {"path": str(tiny_folder), "chatTemplate": None, "thinking": "on"},
            "seed": 3,
            "steps": 2,
            "promptsPerStep": 2,
            "rollouts": 4,
            "sampling": sampling,
            "rewards": [{"name": "longer", "weight": 1, "onlyIf": None}],
            "objective": {
                "beta": 0.005,
                "epsilon": 0.2,
                "lossType": "bnpo",
                "scaleRewards": "group",
                "rejected": "lowest",
                "normalise": "total",
                "resample": 0,
                "learningRate": 1e-3,
                "schedule": "cosine",
                "warmupShare": 0.1,
                "leastLearningRateShare": 0.1,
                "maxGradientNorm": 1.0,
                "weightDecay": 0.0,
            },
            "evaluation": None,
            "checkpoints": {"every": 1, "keepForResume": 2},
            "guards": {
                "kl": 100,
                "unscoredShare": 0.9,
                "lengthRatio": {"atLeast": 0, "atMost": 100},
                "zeroVarianceSteps": 10,
                "patience": 3,
            },
            "hardware": {
                "device": "cpu",
                "precision": "float32",
                "threads": 1,
                "gradientCheckpointing": False,
                "parallel": "ddp",
                "lora": None,
                "vllm": None,
            },
            "reportTo": [],
            "callbackTimeoutSeconds": 30,
        }
        for key, value in changes.items():
            nested = isinstance(value, dict) and isinstance(request[key], dict)
            request[key] = {**request[key], **value} if nested else value
        msgspec.convert(request, TrainInput, strict=False)
        return request

    return make


def sampling_of(**given: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "temperature": 1,
        "topP": 0.9,
        "topK": 0,
        "maxTokens": 8,
        "stop": [],
        "repetitionPenalty": 1,
        "stopRepetitionAfter": 0,
        **given,
    }


def write_passages(path: Path, rows: list[tuple[str, int, str]]) -> Path:
    lines = [
        json.dumps(
            {
                "row": row,
                "documentId": document,
                "passage": {"documentId": document, "index": index, "before": "", "text": text},
                "metadata": {},
                "prompt": {
                    "messages": [
                        {"role": "user", "parts": [{"text": text, "maxTokens": None, "keep": None}]}
                    ],
                    "text": None,
                },
            }
        )
        for row, (document, index, text) in enumerate(rows)
    ]
    path.write_text("".join(line + "\n" for line in lines))
    return path


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
    from repro_worker.train.grpo import prepare_grpo
    from repro_worker.train.rank import Rank

    item = TrainingItem(request, score)
    trainer = prepare_grpo(msgspec.convert(request, TrainInput, strict=False), item, Rank(0, 1))
    trainer.current_gradient_accumulation_steps = 1
    prompts = request["promptsPerStep"]
    rows = [{"prompt": str(position)} for position in range(prompts) for _ in range(request["rollouts"])]
    trainer.model.train()
    return trainer, trainer._generate_and_score_completions(rows), item


def gradient_of(trainer: Any, batch: dict[str, Any]) -> Any:  # noqa: ANN401
    import torch

    trainer.model.zero_grad()
    trainer._compute_loss(trainer.model, batch).backward()
    return torch.cat([parameter.grad.flatten().clone() for parameter in trainer.model.parameters()])


def by_sample(*groups: list[float | None]) -> Score:
    """Scores by the place of a sample in its group, group after group."""
    calls = iter([value for group in groups for value in group])
    return lambda _: accepted(next(calls))
