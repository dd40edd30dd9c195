"""What keeps rows from being taken for deleted when it may be a right that is gone."""

from crm_source.report import Report

GUARD_PERCENT = 20  # of the known ids of a stream; when more are gone at once, it may be the permission that is
GUARD_ROWS = 20  # so few may always be gone


class Guard:
    """For a stream that tells of deletions. `percent`: of the known rows of a list that may be gone at once."""

    def __init__(self, report: Report, percent: int, told_by: str):
        self._report = report
        self._percent = percent
        self._told_by = told_by

    def is_large(self, part: int, whole: int) -> bool:
        return part > GUARD_ROWS and part * 100 > self._percent * whole

    def is_too_much(self, stream: str, gone: int, known: int) -> bool:
        """Whether so many are gone that it is not believed, which is told."""
        if not self.is_large(gone, known):
            return False
        self._report.warn(
            f"Stream {stream}: {gone:,} of {known:,} known rows are not listed any more. A lost permission looks like "
            "that, too, so none of them is reported as deleted, and the next sync compares again. When they are "
            f"really deleted, set deletion_guard_percent to 100 for one sync, or reset stream {self._told_by} "
            "to forget them."
        )
        return True
