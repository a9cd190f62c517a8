"""Checkpoints on disk: each appears whole or not at all, and says what it belongs to."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Final

import msgspec

from repro_worker.errors import CheckpointMismatchError
from repro_worker.message import Message

STAGING: Final = "_tmp"
DESCRIPTION: Final = "checkpoint.json"
"""Written last inside the staging folder."""
FOR_RESUME_ONLY: Final = ("optimizer", "scheduler", "rng_state", "scaler", "training_args")


class Identity(Message):
    """What decides the weights of a step, besides the versions of libraries."""

    training: str
    """sha256 of everything that the host asked for."""
    data: str
    """sha256 of the passages."""
    model: str
    """Revision of the model that training began with; it is the reference of the KL divergence as well."""
    prompt: str
    """sha256 of the token ids of the first prompt."""


class Description(Message):
    step: int
    identity: Identity
    resumable: bool
    evaluated: bool
    files: dict[str, int]
    """Bytes of each file."""


@dataclass(frozen=True)
class Checkpoint:
    folder: Path
    description: Description


@dataclass(frozen=True)
class Checkpoints:
    """`folder/step-000030`; only rank 0 writes."""

    folder: Path
    identity: Identity

    @property
    def staging(self) -> Path:
        return self.folder / STAGING

    def publish(self, written: Path, step: int, *, evaluated: bool) -> Path:
        """Describes what lies in `written` and gives it its name, after everything in it is on the disk."""
        files = {
            str(path.relative_to(written)): path.stat().st_size
            for path in written.rglob("*")
            if path.is_file()
        }
        for name in files:
            sync(written / name)
        description = Description(
            step=step, identity=self.identity, resumable=True, evaluated=evaluated, files=files
        )
        write_whole(written / DESCRIPTION, msgspec.json.format(msgspec.json.encode(description)))
        final = self.folder / f"step-{step:06d}"
        if final.exists():
            shutil.rmtree(final)
        written.rename(final)
        sync(self.folder)
        return final

    def newest(self) -> Checkpoint | None:
        """The newest one that training can go on from; raises when it belongs to another training."""
        whole = [checkpoint for checkpoint in self.all() if checkpoint.description.resumable]
        if not whole:
            return None
        newest = whole[-1]
        expected, found = msgspec.to_builtins(self.identity), msgspec.to_builtins(newest.description.identity)
        differing = [MEANINGS[name] for name in expected if expected[name] != found[name]]
        if differing:
            raise CheckpointMismatchError(
                f"The checkpoint {newest.folder.name} was trained with another {', '.join(differing)} than this "
                "recipe names. Train with the recipe that began it, or begin anew with --redo."
            )
        return newest

    def all(self) -> list[Checkpoint]:
        """Those that are complete, oldest first."""
        found: list[Checkpoint] = []
        for folder in sorted(self.folder.glob("step-*")):
            try:
                description = msgspec.json.decode((folder / DESCRIPTION).read_bytes(), type=Description)
            except (OSError, msgspec.DecodeError):
                continue  # never whole, or half removed
            if all(has_size(folder / name, size) for name, size in description.files.items()):
                found.append(Checkpoint(folder, description))
        return found

    def tidy(self, keep_for_resume: int) -> None:
        """Older ones lose what only a resume needs; those that were not evaluated either go altogether."""
        shutil.rmtree(self.staging, ignore_errors=True)
        resumable = [checkpoint for checkpoint in self.all() if checkpoint.description.resumable]
        for checkpoint in resumable[:-keep_for_resume]:
            if not checkpoint.description.evaluated:
                shutil.rmtree(checkpoint.folder)
                continue
            files = checkpoint.description.files
            kept = {
                name: size for name, size in files.items() if not Path(name).name.startswith(FOR_RESUME_ONLY)
            }
            stripped = msgspec.structs.replace(checkpoint.description, resumable=False, files=kept)
            write_whole(checkpoint.folder / DESCRIPTION, msgspec.json.format(msgspec.json.encode(stripped)))
            for name in files.keys() - kept.keys():
                (checkpoint.folder / name).unlink(missing_ok=True)


MEANINGS = {
    "training": "setting of `train`",
    "data": "set of passages",
    "model": "first model",
    "prompt": "prompt (tokenizer, template or instruction)",
}


def has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def write_whole(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.tmp")
    beside.write_bytes(content)
    sync(beside)
    beside.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
