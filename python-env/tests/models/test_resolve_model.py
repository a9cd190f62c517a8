from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from repro_worker.errors import ModelNotFoundError
from repro_worker.models import resolve_model, revision_of
from repro_worker.models.model_cache import build_once, models_folder

SOURCE = Path(__file__).parents[2] / "src"


def quiet(message: str, done: float | None, total: float | None) -> None:
    del message, done, total


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPRO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


def prepare(*arguments: str, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    own_cache = {} if cache is None else {"REPRO_CACHE": str(cache)}
    return subprocess.run(
        [sys.executable, "-m", "repro_worker.models", *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCE), **own_cache},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_local_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert resolve_model(str(tmp_path)) == tmp_path.resolve()


def test_a_folder_without_a_model_is_named_with_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ModelNotFoundError, match=r"without config\.json; it holds notes\.txt"):
        resolve_model(str(tmp_path))


def test_a_path_that_leads_nowhere_is_named_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(
        ModelNotFoundError, match=r"found nothing at .*/nowhere, expected a folder with config\.json"
    ):
        resolve_model(str(tmp_path / "nowhere"))


def test_an_unknown_built_in_model_is_named_with_those_there_are() -> None:
    with pytest.raises(ModelNotFoundError, match="builtin:smollm2-135m, builtin:minilm-l6"):
        resolve_model("builtin:gpt-5")


def test_a_hub_id_without_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelNotFoundError, match="Without network access, download it elsewhere"):
        resolve_model("some-org/some-model")


def test_minilm_is_read_where_it_is_installed() -> None:
    folder = resolve_model("builtin:minilm-l6")
    assert json.loads((folder / "config.json").read_text())["model_type"] == "bert"
    assert (folder / "model.safetensors").stat().st_size > 80e6


def test_the_command_prints_the_folder_only(tmp_path: Path) -> None:
    done = prepare("builtin:minilm-l6", cache=tmp_path)
    assert done.returncode == 0
    assert Path(done.stdout.strip()).name == "model"
    missing = prepare("not/here/at-all", cache=tmp_path)
    assert (missing.returncode, missing.stdout) == (4, "")
    assert "found nothing" in missing.stderr


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"REPRO_CACHE": "/r", "XDG_CACHE_HOME": "/x"}, "/r/models"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/repro/models"),
        ({}, "/home/me/.cache/repro/models"),
    ],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("REPRO_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    assert models_folder() == Path(expected)


def test_two_at_once_build_once_and_a_failure_leaves_nothing(cache: Path) -> None:
    built: list[Path] = []
    meet = threading.Barrier(2)

    def build(folder: Path) -> None:
        built.append(folder)
        (folder / "config.json").write_text("{}")

    def ask() -> None:
        meet.wait()
        assert build_once("m-1", build, quiet) == cache / "m-1"

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        build_once("m-2", fail, quiet)
    assert sorted(entry.name for entry in cache.iterdir() if entry.is_dir()) == ["m-1"]


def test_the_revision_follows_the_content_and_not_the_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
    first = revision_of(tmp_path / "a")
    assert first == revision_of(tmp_path / "b")
    (tmp_path / "a" / "notes.md").write_text("not part of the model")
    assert revision_of(tmp_path / "a") == first
    (tmp_path / "b" / "model.safetensors").write_bytes(b"weightz")
    assert revision_of(tmp_path / "b") != first
    (tmp_path / "own.jinja").write_text("x")
    assert revision_of(tmp_path / "a", chat_template=tmp_path / "own.jinja") != first


@pytest.mark.slow
def test_smollm2_is_converted_from_its_wheel(cache: Path) -> None:
    done = prepare("builtin:smollm2-135m", cache=cache.parent)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder.parent == cache
    assert "98 MB" in done.stderr
    config = json.loads((folder / "config.json").read_text())
    assert (config["model_type"], config["dtype"], config.get("quantization_config")) == (
        "llama",
        "bfloat16",
        None,
    )
    assert resolve_model("builtin:smollm2-135m") == folder
