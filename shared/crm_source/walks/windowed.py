"""What walks over a window of time share: guessing what is left of it, and giving half of that away."""

from crm_source.walks.walk import WORTH_SPLITTING, Asking
from crm_source.walks.windows import Window


class Halving(Asking):
    """A walk that goes through its window in the order of a date, descending or not."""

    _descending: bool = False

    def _guess(self) -> None:
        """Work out `expected`. Without a total, the rows so far tell how many the rest of the window may have."""
        window, left = self._window, self.left
        if not window or not left or left == window or left.is_instant:
            self.expected = 0
        elif self.total is not None:
            self.expected = max(self.total - self._rows, 0)
        else:
            open_time = left.until - left.since
            self.expected = self._rows * (open_time / (window.until - window.since - open_time))

    def _split_window(self, ahead: Window | None) -> tuple[Window, Window] | None:
        """What lies ahead, as the half to keep and the half to give away; None when it is not worth it."""
        window, left = self._window, self.left
        if not window or not left or not ahead or ahead.is_instant:
            return None
        if self.expected < WORTH_SPLITTING * self._ask.size.rows:
            return None
        early, late = ahead.halves()
        keep, give = (late, early) if self._descending else (early, late)
        if self._descending:
            self.left, self._window = left._replace(since=keep.since), window._replace(since=keep.since)
        else:
            self.left, self._window = left._replace(until=keep.until), window._replace(until=keep.until)
        if self.total is not None:
            self.total = self._rows + int(self.expected / 2)
        self.expected /= 2
        return keep, give
