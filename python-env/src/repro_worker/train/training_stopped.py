"""Errors that end a training before its last step; nothing that was saved is lost."""

from __future__ import annotations

from repro_worker.errors import ReproError


class TrainingStoppedError(ReproError):
    """A guard was tripped: going on would only spend more."""

    code = "REPRO_TRAINING_STOPPED"


class NothingToTrainOnError(ReproError):
    code = "REPRO_NOTHING_TO_TRAIN_ON"


class CheckpointMismatchError(ReproError):
    """The newest checkpoint belongs to another training than the one that is asked for."""

    code = "REPRO_CHECKPOINT_MISMATCH"
