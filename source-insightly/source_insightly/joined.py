"""Several lists that are one stream."""

from collections.abc import Callable, Iterator, Mapping

from crm_source.errors import ApiError, Kind
from crm_source.walks.page import Row
from crm_source.walks.walk import Asking, Walk

UNREADABLE = (Kind.FORBIDDEN, Kind.GONE, Kind.OURS)
OF_ONE_LIST = (Kind.STUCK, Kind.SHAPE, Kind.POISONED)  # the server answers, and other lists may be well


class Joined(Walk):
    """One list after the other. One that the user or the plan does not have is told and left out, as nothing else of
    that kind can be read either; without any of them the walk fails. One that fails by itself fails the walk when the
    others are read."""

    def __init__(self, walks: Mapping[str, Walk], on_refused: Callable[[str, ApiError], None]):
        self._walks = walks
        self._on_refused = on_refused

    @property
    def asking(self) -> Asking | None:
        return next(iter(self._walks.values())).asking

    def pages(self) -> Iterator[list[Row]]:
        refused: dict[str, ApiError] = {}
        failed: list[ApiError] = []
        for name, walk in self._walks.items():
            try:
                yield from walk.pages()
            except ApiError as error:
                if error.kind in UNREADABLE:
                    refused[name] = error
                elif error.kind in OF_ONE_LIST:
                    failed.append(error)
                else:
                    raise
        if failed or (refused and len(refused) == len(self._walks)):
            raise [*failed, *refused.values()][0]
        for name, refusal in refused.items():
            self._on_refused(name, refusal)
