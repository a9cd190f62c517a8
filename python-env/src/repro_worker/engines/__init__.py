"""Engines: services that hold one model and answer `generate`, `likelihood`, `render` and `statistics`."""

from __future__ import annotations

from typing import Any

from repro_worker.errors import WorkerImportError
from repro_worker.service import Service

ENGINES = ("transformers",)


def load_engine(name: str, path: str, options: dict[str, Any]) -> Service:
    """The engine of a boot line. Nothing heavy is imported before its `load`."""
    if name == "transformers":
        from repro_worker.engines.transformers.engine import TransformersEngine

        return TransformersEngine(path, options)
    raise WorkerImportError(f'There is no engine "{name}" in this worker; there is {", ".join(ENGINES)}.')
