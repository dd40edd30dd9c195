"""How the C library keeps memory that was freed.

glibc gives each thread an arena of its own, and once a large block was freed, keeps blocks of that size in these
arenas, where a few small ones hold them. Ten workers with pages of 6.6 MB took twice as much as they used.
"""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # names of glibc's mallopt
SETTINGS = {ARENA_MAX: 2, MMAP_THRESHOLD: 2**20, TRIM_THRESHOLD: 2**22}  # bytes, but for the number of arenas


def give_back_what_is_freed() -> None:
    """To be called before threads are started. Does nothing where the C library is another."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for name, value in SETTINGS.items():
        mallopt(name, value)
