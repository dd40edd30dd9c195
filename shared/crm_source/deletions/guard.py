"""What keeps rows from being taken for deleted when it may be a right that is gone."""

from crm_source.api import Api

GUARD_PERCENT = 20  # of the known ids of a stream; when more are gone at once, it may be the permission that is
GUARD_ROWS = 20  # so few may always be gone


class Guard:
    """For the stream `told_by`, which tells of deletions. `deletion_guard_percent` of the configuration says how much
    of the known rows of a list may be gone at once."""

    def __init__(self, api: Api, told_by: str):
        self._report = api.report
        self._percent = int(api.config.raw.get("deletion_guard_percent", GUARD_PERCENT))
        self._told_by = told_by

    def is_large(self, part: int, whole: int) -> bool:
        return part > GUARD_ROWS and part * 100 > self._percent * whole

    def is_too_much(self, stream: str, gone: int, known: int) -> bool:
        """Whether so many are gone that it is not believed, which is told."""
        if not self.is_large(gone, known):
            return False
        self._report.warn(
            f"Stream {stream}: {gone:,} of {known:,} known rows are no longer listed. A lost permission looks like "
            "that, too, so none of them is reported as deleted, and the next sync compares again. If they were "
            f"really deleted, set deletion_guard_percent to 100 for one sync, or reset stream {self._told_by} "
            "to forget them."
        )
        return True
