"""Checkpoints appear whole, are found whole, and are tidied."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from repro_worker.errors import CheckpointMismatchError
from repro_worker.train.checkpoints import Checkpoints, Identity

IDENTITY = Identity(training="t", data="d", model="m", prompt="p")
FILES = ("model.safetensors", "config.json", "optimizer.pt", "rng_state_0.pth", "trainer_state.json")


def publish(checkpoints: Checkpoints, step: int, *, evaluated: bool = True) -> Path:
    staging = checkpoints.staging / f"checkpoint-{step}"
    staging.mkdir(parents=True)
    for name in FILES:
        (staging / name).write_text(f"{name} of step {step}")
    return checkpoints.publish(staging, step, evaluated=evaluated)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints", IDENTITY)


def step_of(checkpoints: Checkpoints) -> int | None:
    newest = checkpoints.newest()
    return None if newest is None else newest.description.step


def test_the_newest_whole_one_counts(checkpoints: Checkpoints) -> None:
    assert step_of(checkpoints) is None
    for step in (1, 2, 10):
        publish(checkpoints, step)
    assert step_of(checkpoints) == 10
    cut = checkpoints.folder / "step-000010/model.safetensors"
    cut.write_text("mod")  # a copy that was broken off
    assert step_of(checkpoints) == 2
    (checkpoints.folder / "step-000002/optimizer.pt").unlink()
    assert step_of(checkpoints) == 1
    (checkpoints.folder / "step-000001/checkpoint.json").write_text("{")
    assert step_of(checkpoints) is None


def test_what_was_being_written_is_no_checkpoint(checkpoints: Checkpoints) -> None:
    publish(checkpoints, 3)
    half = checkpoints.staging / "checkpoint-4"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_text("whole, but the rest is not")
    assert step_of(checkpoints) == 3
    checkpoints.tidy(1)
    assert not checkpoints.staging.exists()


def test_older_ones_keep_their_weights_when_they_were_evaluated(checkpoints: Checkpoints) -> None:
    for step, evaluated in ((1, True), (2, False), (3, True), (4, False)):
        publish(checkpoints, step, evaluated=evaluated)
        checkpoints.tidy(2)
    found = {path.name: sorted(file.name for file in path.iterdir()) for path in checkpoints.folder.iterdir()}
    whole = sorted([*FILES, "checkpoint.json"])
    kept = ["checkpoint.json", "config.json", "model.safetensors", "trainer_state.json"]
    assert found == {"step-000001": kept, "step-000003": whole, "step-000004": whole}
    assert [checkpoint.description.step for checkpoint in checkpoints.all()] == [1, 3, 4]
    assert step_of(checkpoints) == 4


@pytest.mark.parametrize(
    ("field", "words"),
    [("prompt", "prompt"), ("model", "first model"), ("data", "passages"), ("training", "setting")],
)
def test_one_of_another_training_is_refused(checkpoints: Checkpoints, field: str, words: str) -> None:
    publish(checkpoints, 5)
    other = msgspec.structs.replace(IDENTITY, **{field: "another"})
    with pytest.raises(CheckpointMismatchError, match=rf"step-000005 was trained with another .*{words}"):
        Checkpoints(checkpoints.folder, other).newest()
