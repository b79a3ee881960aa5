"""Where threads get their memory from: two heaps for all of them instead of one each.

Glibc gives threads heaps of their own and keeps in each what was freed there. In a process whose threads hand large
blocks of bytes to each other the heaps grow the longer it works, while what it needs stays the same.

References
----------
mallopt(3), M_ARENA_MAX.
"""

import ctypes

M_ARENA_MAX = -8
HEAPS = 2


def share_heaps() -> bool:
    """Let threads that start from now on share two heaps; False, and nothing done, where the C library is another."""
    try:
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS))
    except (AttributeError, OSError, TypeError):
        return False
