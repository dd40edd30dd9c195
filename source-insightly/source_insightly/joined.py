"""Several lists that are one stream."""

from collections.abc import Callable, Iterator, Mapping

from crm_source.errors import ApiError, Kind
from crm_source.walks.walk import Row, Walk

UNREADABLE = (Kind.FORBIDDEN, Kind.GONE, Kind.OURS)


class Joined(Walk):
    """One list after the other. One that the user or the plan does not have is told and left out, as nothing else of
    that kind can be read either; without any of them the walk fails."""

    def __init__(self, walks: Mapping[str, Walk], on_refused: Callable[[str, ApiError], None]):
        self._walks = walks
        self._on_refused = on_refused

    def pages(self) -> Iterator[list[Row]]:
        refused: dict[str, ApiError] = {}
        for name, walk in self._walks.items():
            try:
                yield from walk.pages()
            except ApiError as error:
                if error.kind not in UNREADABLE:
                    raise
                refused[name] = error
        if refused and len(refused) == len(self._walks):
            raise next(iter(refused.values()))
        for name, refusal in refused.items():
            self._on_refused(name, refusal)
