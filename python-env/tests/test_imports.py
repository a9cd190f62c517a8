"""What is imported when: start-up is fast, and torch is only paid by workers that need it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import repro_worker

ENVIRONMENT = Path(__file__).parents[1]

HEAVY = ("torch", "numpy", "transformers", "asyncio", "packaging", "importlib.metadata", "ssl", "pytest")

WITHOUT_TORCH = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "numpy"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoTorch())
"""


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ENVIRONMENT / "src")},
        stdout=subprocess.PIPE,
        text=True,
        timeout=20,
        check=True,
    ).stdout


def test_the_public_surface_is_pinned() -> None:
    assert sorted(repro_worker.__all__) == [
        "HandlerContext",
        "Message",
        "RewardSample",
        "__version__",
        "embed_windows",
        "handler",
    ]
    assert all(getattr(repro_worker, name) for name in repro_worker.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = repro_worker.nothing  # pyright: ignore[reportAttributeAccessIssue]


def test_everything_but_engines_and_models_works_without_torch(tmp_path: Path) -> None:
    file = tmp_path / "handler.py"
    file.write_text("""
from repro_worker import HandlerContext, Message, handler

class Text(Message):
    text: str

@handler("upper")
def upper(request: Text, context: HandlerContext) -> Text:
    return Text(text=request.text.upper())
""")
    code = f"""
import repro_worker, repro_worker.worker, repro_worker.guardian
from pathlib import Path
from repro_worker.testing import LoadedHandlers
print(LoadedHandlers(Path({str(file)!r})).call("upper", {{"text": "é"}}))
assert "torch" not in sys.modules
"""
    assert python(WITHOUT_TORCH + code) == "{'text': 'É'}\n"


def test_a_handler_worker_starts_with_little() -> None:
    modules = "repro_worker.worker, repro_worker.handler_service"
    loaded = json.loads(python(f"import sys, json, {modules}; print(json.dumps([*sys.modules]))"))
    assert not {name for name in HEAVY if name in loaded}


def test_the_guardian_needs_the_standard_library_only() -> None:
    # What a bare interpreter holds (site customisations of a distribution) is no doing of ours.
    bare, ours = (
        set(json.loads(python(f"import sys, json{more}; print(json.dumps([*sys.modules]))")))
        for more in ("", ", repro_worker.guardian")
    )
    foreign = {name for name in ours - bare if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"repro_worker", "repro_worker.guardian"}


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ENVIRONMENT / "pyproject.toml").read_text())["project"]
    assert repro_worker.__version__ == project["version"]
