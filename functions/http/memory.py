"""Memory heaps of threads: all threads share two heaps instead of having one each.

Glibc gives threads their own heaps and keeps freed memory in the heap it came from. In a process whose threads pass
large byte blocks to each other, the heaps grow over time although the process needs no more memory.

References
----------
mallopt(3), M_ARENA_MAX.
"""

import ctypes

M_ARENA_MAX = -8
HEAPS = 2


def share_heaps() -> bool:
    """Make threads started from now on share two heaps; return False, without effect, if the C library is not glibc."""
    try:
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS))
    except (AttributeError, OSError, TypeError):
        return False
