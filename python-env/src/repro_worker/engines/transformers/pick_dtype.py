"""In which number format a model computes."""

from __future__ import annotations

import torch


def pick_dtype(device: str) -> tuple[torch.dtype, str]:
    """The format, and why.

    Measured on two cores with AVX2 only, one pass of SmolLM2-135M over 16 tokens: float32 78 ms, bfloat16 220
    ms; over 256 tokens 437 ms and 3.6 s. bfloat16 is faster there for a single token only. On two cores with
    AVX512-BF16: 8 tokens 66 ms and 40 ms, 500 tokens 0.95 s and 0.39 s.
    """
    if device.startswith("cuda"):
        return torch.bfloat16, "the GPU computes bfloat16 natively"
    if device == "cpu" and torch.cpu._is_avx512_bf16_supported():  # pyright: ignore[reportPrivateUsage]
        return torch.bfloat16, "the CPU computes bfloat16 natively (AVX512-BF16 or AMX)"
    return torch.float32, "the device has no fast bfloat16 arithmetic"
