"""The service of a trainer worker: one item, the training, on one rank of a group."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from repro_worker.engines.transformers.messages import read_input
from repro_worker.errors import CancelledError, UnknownMethodError, name_error
from repro_worker.protocol import TrainerBoot
from repro_worker.service import Inbox, Item, Progress, ServiceInfo
from repro_worker.train.messages import TrainInput

MAX_BYTES = 8 * 1024 * 1024


class TrainerService:
    def __init__(self, boot: TrainerBoot) -> None:
        self._boot = boot

    def load(self, progress: Progress) -> ServiceInfo:
        """Imports what takes long; the model comes with the request."""
        join_group(self._boot)
        progress("loading the training libraries", None, None)
        import_module("repro_worker.train.grpo")  # with torch, transformers and TRL
        info: dict[str, Any] = {"rank": self._boot.rank, "worldSize": self._boot.world_size}
        return ServiceInfo(concurrency=1, max_in_flight=1, max_bytes=MAX_BYTES, info=info)

    def serve(self, inbox: Inbox) -> None:
        while not inbox.closed:
            for item in inbox.take(1, timeout_seconds=None):
                self._serve_item(item)

    def _serve_item(self, item: Item) -> None:
        try:
            if item.method != "train":
                raise UnknownMethodError(f'A trainer has no method "{item.method}"; it has train.')
            if item.cancelled:
                raise CancelledError
            self._train(read_input(item.input, TrainInput, item.method), item)
        except Exception as error:
            item.fail(name_error(item.method, error))
        else:
            item.end()

    def _train(self, request: TrainInput, item: Item) -> None:
        from repro_worker.train.grpo import prepare_grpo
        from repro_worker.train.rank import Rank
        from repro_worker.train.sft import prepare_sft

        prepare = prepare_grpo if request.algorithm == "grpo" else prepare_sft
        prepare(request, item, Rank(self._boot.rank, self._boot.world_size)).train_to_end()
        item.more({"type": "finished", "steps": request.steps})


def join_group(boot: TrainerBoot) -> None:
    """What accelerate reads to find the other ranks; before torch is imported."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    if boot.world_size == 1:
        # transformers would spread one process over every GPU that it sees.
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    else:
        os.environ.update(
            RANK=str(boot.rank),
            LOCAL_RANK=str(boot.rank),
            WORLD_SIZE=str(boot.world_size),
            LOCAL_WORLD_SIZE=str(boot.world_size),
            MASTER_ADDR=boot.master_address,
            MASTER_PORT=str(boot.master_port),
        )
