"""The folder in which converted models are kept."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from repro_worker.service import Progress


def models_folder() -> Path:
    """`models` in $REPRO_CACHE, else in $XDG_CACHE_HOME/repro, else in ~/.cache/repro."""
    if own := os.environ.get("REPRO_CACHE"):
        return Path(own).expanduser() / "models"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "repro" / "models"


def build_once(name: str, build: Callable[[Path], None], progress: Progress) -> Path:
    """The cached folder `name`; the first caller fills it, any number of processes may ask at once.

    It is filled in a staging folder beside it and renamed when complete, so a folder that exists is whole.
    The lock only saves the work of a second process: losing it, as on some network file systems, loses
    nothing else.
    """
    folder = models_folder() / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(folder.with_name(f".{name}.lock"), progress):
        if folder.is_dir():
            return folder
        staging = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder.parent))
        try:
            build(staging)
            staging.chmod(0o755)
            rename_into_place(staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def rename_into_place(staging: Path, folder: Path) -> None:
    try:
        staging.rename(folder)
    except OSError:
        if not folder.is_dir():  # else somebody was first, with the same content
            raise


@contextmanager
def lock_file(path: Path, progress: Progress) -> Generator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(
                f"Waiting for another process that prepares {path.name.strip('.').removesuffix('.lock')}",
                None,
                None,
            )
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
