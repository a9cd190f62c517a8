"""Memory that was used once is used again, instead of going back to the kernel after every large message."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

M_TRIM_THRESHOLD: Final = -1  # <malloc.h>
M_MMAP_THRESHOLD: Final = -3
LARGEST_ON_HEAP_BYTES: Final = 32 * 1024 * 1024
"""The most that glibc allows, and where a process ends up by itself that frees blocks of every size."""
MOST_KEPT_BYTES: Final = 2 * LARGEST_ON_HEAP_BYTES


def keep_freed_memory() -> None:
    """Pages that the kernel hands out anew cost more than what is written into them: 2 ms for a message of 3 MB."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGEST_ON_HEAP_BYTES)
        mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES)
