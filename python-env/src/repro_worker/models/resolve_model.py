"""Turns the `path` of a model into a local folder."""

from __future__ import annotations

import re
from pathlib import Path

from repro_worker.errors import ModelNotFoundError
from repro_worker.models.builtin import BUILTIN_MODELS
from repro_worker.service import Progress

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def no_progress(message: str, done: float | None, total: float | None) -> None:
    """Says nothing."""


def resolve_model(path: str, progress: Progress = no_progress) -> Path:
    """The folder of a model: built in (`builtin:smollm2-135m`), local, or a hub id (`org/name`).

    A folder that exists always wins over a hub id of the same spelling.
    """
    if path.startswith("builtin:"):
        return prepare_builtin(path, progress)
    folder = Path(path).expanduser()
    if (folder / "config.json").is_file():
        return folder.resolve()
    if folder.is_dir():
        raise ModelNotFoundError(
            f'Model "{path}" is a folder without config.json; it holds {list_names(folder)}. '
            "Expected a folder as `save_pretrained` of transformers writes it."
        )
    if HUB_ID.fullmatch(path):
        return download_snapshot(path, progress)
    found = "a file" if folder.is_file() else "nothing"
    raise ModelNotFoundError(
        f'Model "{path}": found {found} at {folder.absolute()}, expected a folder with config.json, '
        f"a hub id such as org/name, or one of {', '.join(BUILTIN_MODELS)}."
    )


def prepare_builtin(path: str, progress: Progress) -> Path:
    prepare = BUILTIN_MODELS.get(path)
    if prepare is None:
        raise ModelNotFoundError(f'Model "{path}" is not built in; there are {", ".join(BUILTIN_MODELS)}.')
    return prepare(progress)


def download_snapshot(hub_id: str, progress: Progress) -> Path:
    """Takes the hub's own cache when it is complete, else downloads."""
    from huggingface_hub import snapshot_download  # only paid by models of the hub

    progress(f"Fetching {hub_id} from the model hub", None, None)
    try:
        return Path(snapshot_download(hub_id, ignore_patterns=["*.gguf", "*.onnx", "original/*"]))
    except Exception as error:
        raise ModelNotFoundError(
            f'Model "{hub_id}" is no local folder, and the hub gave no such model '
            f"({type(error).__name__}: {first_line(error)}). "
            "Without network access, download it elsewhere and give the path of its folder."
        ) from error


def list_names(folder: Path, most: int = 8) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "nothing"


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
