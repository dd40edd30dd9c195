"""How many rows to ask for at a time: as many as allowed, fewer where the vendor cannot cope, and more again."""

from crm_source.errors import ApiError, Kind

SMALLEST = 5  # rows; a page that still fails at this size fails for good, unless one row is to blame
GOOD_PAGES = 16  # pages of a smaller size that went well, before a larger one is tried again

ASK_FOR_LESS = (Kind.TRANSIENT, Kind.HEAVY, Kind.POISONED)


class PageSize:
    """The rows a page of one list, for a walk and its halves. Safe to use from many threads: it is only advice.

    A failure that goes away with a smaller page was the page's weight: larger ones are tried again after a while. One
    that a row may be the cause of keeps them small until that row is found, or has come. One that hits every page, down
    to the smallest, is an outage: as soon as that is over, pages are large again.
    """

    def __init__(self, rows: int, least: int = 1):
        self.rows = self.most = max(rows, least)
        self.largest = 1  # rows that came in one page
        self._cut = self.rows  # the fewest rows of a page that was cut
        self._least = least
        self._good = 0
        self._within = 0  # rows ahead, one of which is to blame
        self._failed = 0  # rows of the first page that had it

    def after(self, error: ApiError, limit: int) -> bool:
        """Make pages smaller after an error with so many rows. False: that does not help."""
        told = error.verdict.limit
        if told is not None and self._least <= told < limit:
            self.rows = self.most = told  # the vendor names its limit
            return True
        smallest = self._least if error.kind is Kind.POISONED else max(SMALLEST, self._least)
        if error.kind not in ASK_FOR_LESS or limit <= smallest:
            return False
        self.rows = max(min(self.rows, limit // 4), smallest)
        self._suspect(limit if error.kind is Kind.POISONED else 0)
        self._good = 0
        return True

    def _suspect(self, rows: int) -> None:
        """One of so many rows ahead is to blame; of 0: none."""
        self._failed = self._failed if self._within else rows
        self._within = rows

    def sent(self, limit: int) -> None:
        """A page of so many rows was sent."""
        self._good += 1
        if self._within:
            self._within -= min(limit, self._within)
            if not self._within:  # it was none of them
                self.rows, self._good = max(self._failed // 2, self.rows), 0
            return
        if limit < self.most and (self._good >= GOOD_PAGES or limit <= SMALLEST):
            self.rows = min(limit * 2, self.most) if limit > SMALLEST else min(4 * SMALLEST, self.most)
            self._good = 0

    def found(self) -> None:
        """The one row that was to blame is known, and left out: the others are as good as any."""
        self.rows, self._within = self.most, 0

    def saw(self, rows: int) -> None:
        """So many rows came."""
        self.largest = max(self.largest, rows)

    def was_cut(self, rows: int) -> None:
        """A page had no more rows than that, though more were asked for and there."""
        self._cut = min(self._cut, rows)

    def sure(self, asked: int) -> int:
        """The places of a list that an answer without any row has looked at, of so many that were asked for: pages may
        be capped, though hardly to less than SMALLEST."""
        return min(asked, max(self.largest, SMALLEST), self._cut)
