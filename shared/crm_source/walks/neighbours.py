"""What walks that read one list side by side know of each other."""

import threading
from typing import Generic, TypeVar

from crm_source.walks.walk import Walk

W = TypeVar("W", bound=Walk)


class Neighbours(Generic[W]):
    """The walks that read one list together, in the order of the ids, and the lock for what they know of each other.

    `is_read_again`: the ids were not sorted, and one of the walks reads everything, so that the others may stop.
    `is_miscounted`: a walk began behind the end of the list, so the list's count is not to be split by.
    """

    def __init__(self, walk: W):
        self.walks = [walk]
        self.lock = threading.Lock()
        self.is_read_again = False
        self.is_miscounted = False

    def put_after(self, walk: W, given: W) -> None:
        self.walks.insert(self.walks.index(walk) + 1, given)

    def before(self, walk: W) -> list[W]:
        """Nearest first."""
        return self.walks[: self.walks.index(walk)][::-1]

    def after(self, walk: W) -> list[W]:
        """Nearest first."""
        return self.walks[self.walks.index(walk) + 1 :]
