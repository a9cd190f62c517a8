"""How many tokens of keys and values may be held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

SHARE_OF_GPU = 0.8
SHARE_OF_MEMORY = 0.4
"""The host, reward workers and passes themselves live in the same memory as a CPU engine."""


def token_budget(model: Any, device: str) -> int:  # noqa: ANN401
    """Tokens of all running rows together, from the memory that is free once the weights are loaded."""
    if device.startswith("cuda"):
        free = torch.cuda.mem_get_info(device)[0] * SHARE_OF_GPU
    else:
        free = available_bytes() * SHARE_OF_MEMORY
    return int(free / bytes_per_token(model))


def bytes_per_token(model: Any) -> int:  # noqa: ANN401
    """Keys and values of one token in all layers."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * config.num_hidden_layers * heads * head_size * model.dtype.itemsize


def available_bytes() -> int:
    """What the machine has free, or what is left of the container's limit when that is less."""
    meminfo = Path("/proc/meminfo").read_text()
    free = 1024 * int(meminfo.partition("MemAvailable:")[2].split()[0])
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and (text := limit.read_text().strip()) != "max":
        free = min(free, int(text) - int(used.read_text()))
    return max(free, 0)
