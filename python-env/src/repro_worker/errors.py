"""Errors with a name: each keeps its code over the wire and becomes the class of that code on the host.

ReproError
├── InvalidInputError         REPRO_INVALID_INPUT         does not fit what the method takes; names the field
├── UnknownMethodError        REPRO_UNKNOWN_METHOD        this worker has no such method
├── HandlerError              REPRO_WORKER_HANDLER        code of a plugin or an engine raised something else
├── CancelledError            REPRO_CANCELLED             the host no longer wants the answer
├── DeadlineError             REPRO_DEADLINE              it took longer than was allowed
├── CallbackError             the host's own code         a host function that was called back failed
├── MessageTooLargeError      REPRO_MESSAGE_TOO_LARGE     one value is above what a message may hold
├── OutOfMemoryError          REPRO_OUT_OF_MEMORY         retryable: the same item may fit when it runs alone
├── WorkerImportError         REPRO_WORKER_IMPORT         a file cannot be imported, or is not what it says
├── RequirementMissingError   REPRO_REQUIREMENT_MISSING   a package that a handler needs is absent or too old
├── ModelNotFoundError        REPRO_MODEL_NOT_FOUND       a model's path holds no model
├── TrainingStoppedError      REPRO_TRAINING_STOPPED      a guard was tripped: going on would only spend more
├── NothingToTrainOnError     REPRO_NOTHING_TO_TRAIN_ON   no prompt fits, or too few do
└── CheckpointMismatchError   REPRO_CHECKPOINT_MISMATCH   the newest checkpoint belongs to another training

Plugins raise plain errors; `boundary` names them, once.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager


class ReproError(Exception):
    """Base of every error raised on purpose. `code` is public, the message is for people."""

    code: str = "REPRO_ERROR"
    retryable: bool = False
    """Whether the same item may succeed on another try."""


class InvalidInputError(ReproError):
    code = "REPRO_INVALID_INPUT"


class UnknownMethodError(ReproError):
    code = "REPRO_UNKNOWN_METHOD"


class HandlerError(ReproError):
    code = "REPRO_WORKER_HANDLER"


class CancelledError(ReproError):
    code = "REPRO_CANCELLED"

    def __init__(self, message: str = "The host cancelled it.") -> None:
        super().__init__(message)


class DeadlineError(ReproError):
    code = "REPRO_DEADLINE"


class CallbackError(ReproError):
    """The code is that of the host's error."""

    def __init__(self, message: str, *, code: str, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class MessageTooLargeError(ReproError):
    code = "REPRO_MESSAGE_TOO_LARGE"


class OutOfMemoryError(ReproError):
    code = "REPRO_OUT_OF_MEMORY"
    retryable = True


class WorkerImportError(ReproError):
    code = "REPRO_WORKER_IMPORT"


class RequirementMissingError(ReproError):
    code = "REPRO_REQUIREMENT_MISSING"


class ModelNotFoundError(ReproError):
    code = "REPRO_MODEL_NOT_FOUND"


class TrainingStoppedError(ReproError):
    code = "REPRO_TRAINING_STOPPED"


class NothingToTrainOnError(ReproError):
    code = "REPRO_NOTHING_TO_TRAIN_ON"


class CheckpointMismatchError(ReproError):
    code = "REPRO_CHECKPOINT_MISMATCH"


@contextmanager
def boundary(where: str) -> Generator[None]:
    """Names what foreign code raises: `with boundary("reward/x#score")` makes KeyError a HandlerError."""
    try:
        yield
    except (
        Exception,
        SystemExit,
    ) as error:  # sys.exit() in a plugin does not end the worker
        named = name_error(where, error)
        if named is error:
            raise
        raise named from error


def name_error(where: str, error: BaseException) -> ReproError:
    """The error itself when it has a name, else the ReproError that stands for it, with it as the cause."""
    if isinstance(error, ReproError):
        return error
    kind = OutOfMemoryError if is_out_of_memory(error) else HandlerError
    named = kind(f"{where} raised {type(error).__name__}: {error}")
    named.__cause__ = error
    return named


def is_out_of_memory(error: BaseException) -> bool:
    """Python's MemoryError, and torch's on a GPU or a CPU, without importing torch."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError | getattr(torch, "OutOfMemoryError", MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: can't allocate memory" in str(error)
