"""The Python side of repro: worker processes that own everything that touches a model.

A plugin's handler file needs three names: `from repro_worker import HandlerContext, Message, handler`. A
reward that is one function of one file may name what it is given: `from repro_worker import RewardSample`.
`embed_windows` is for those that read texts with an encoder.
All are imported on first use, because the guardian (`python -m repro_worker`) is this package too and starts
without them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_worker.frozen_encoder import embed_windows
    from repro_worker.handler_context import HandlerContext
    from repro_worker.handlers import handler
    from repro_worker.message import Message
    from repro_worker.reward_sample import RewardSample

__all__ = ["HandlerContext", "Message", "RewardSample", "__version__", "embed_windows", "handler"]
__version__ = "0.1.0"

_homes = {
    "HandlerContext": "repro_worker.handler_context",
    "Message": "repro_worker.message",
    "RewardSample": "repro_worker.reward_sample",
    "embed_windows": "repro_worker.frozen_encoder",
    "handler": "repro_worker.handlers",
}


def __getattr__(name: str) -> object:
    if name not in _homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_homes[name]), name)
