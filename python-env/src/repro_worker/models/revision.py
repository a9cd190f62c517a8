"""What changes when a model's answers may change."""

from __future__ import annotations

import hashlib
from pathlib import Path

MIB = 1024 * 1024
WHOLE_BELOW_BYTES = 64 * MIB
PARTS = ("*.safetensors", "*.bin", "*.json", "*.jinja", "*.model", "*.txt")


def revision_of(folder: Path, *, chat_template: Path | None = None) -> str:
    """Hash of the content of a model's folder: weights, configuration, tokenizer and chat template.

    Files below 64 MiB are read whole. Of bigger ones the size, the first MiB (which holds the names, shapes
    and offsets of safetensors) and the last MiB are hashed, so that a 100 GB model costs milliseconds: an
    edit that touches only the middle of a big file in place is not seen. The folder's own name is not part of
    it.
    """
    digest = hashlib.sha256()
    for file in sorted({file for part in PARTS for file in folder.glob(part) if file.is_file()}):
        add_file(digest, file)
    if chat_template is not None:
        add_file(digest, chat_template)
    return digest.hexdigest()[:32]


def add_file(digest: hashlib._Hash, file: Path) -> None:  # pyright: ignore[reportPrivateUsage]
    size = file.stat().st_size
    digest.update(f"{file.name}\0{size}\0".encode())
    with file.open("rb") as content:
        if size <= WHOLE_BELOW_BYTES:
            digest.update(content.read())
            return
        digest.update(content.read(MIB))
        content.seek(size - MIB)
        digest.update(content.read(MIB))
