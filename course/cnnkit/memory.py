"""One line that makes training in NumPy about twice as fast on Linux."""

from __future__ import annotations

import numpy as np

LARGEST = 31 << 20  # bytes, just under the 32 MiB that glibc's own adjustment ends at


def keep_memory() -> None:
    """Make the C library keep freed memory for the next array.

    glibc hands large freed blocks back to the system and asks for them again at the
    next array, which costs a page fault every 4 KiB: half the time of a training step
    (``bench/training.py`` measures it). Freeing one large block raises the limits it
    adjusts by itself (mallopt(3), M_MMAP_THRESHOLD). The block is never written to, so
    it takes no memory. Other C libraries do not mind.
    """
    np.empty(LARGEST, np.uint8)
