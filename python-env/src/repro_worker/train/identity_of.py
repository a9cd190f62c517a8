"""What a training is recognised by when it goes on from a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from repro_worker.models import revision_of
from repro_worker.train.checkpoints import Identity, hash_of_file
from repro_worker.train.messages import TrainInput


def identity_of(
    request: TrainInput, *, deciding: tuple[Any, ...], data: Path, first_prompt: Sequence[int]
) -> Identity:
    """`deciding`: the settings that the weights of a step hang on; `first_prompt`: its token ids."""
    template = request.model.chat_template
    return Identity(
        training=sha256(msgspec.json.encode(deciding)).hexdigest(),
        data=hash_of_file(data),
        model=revision_of(
            Path(request.model.path), chat_template=None if template is None else Path(template)
        ),
        prompt=sha256(msgspec.json.encode(first_prompt)).hexdigest(),
    )
