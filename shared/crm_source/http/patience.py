"""How long to wait for what."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds. The waits double from `first_wait` to `longest_wait`.

    `connect` and `read` bound the silence of a server, `deadline` the whole answer from sending the request on.
    `throttled` is the shortest wait of a vendor that wants one whenever it says that there were too many requests,
    `longest_throttle` the longest one wait, whatever a header says, and `longest_retry` the sum of all waits of one
    request.
    """

    connect: float = 10
    read: float = 60
    deadline: float = 180
    first_wait: float = 1
    longest_wait: float = 60
    retries: int = 7
    longest_retry: float = 3600
    throttled: float = 30
    longest_throttle: float = 600


HASTY = Patience(  # for somebody who waits at a form
    connect=5, read=20, deadline=25, longest_wait=2, retries=2, longest_throttle=30, longest_retry=60
)


def a_look(patience: Patience) -> Patience:
    """For what discover asks of each list: some seconds, however long the list would take otherwise."""
    short = {"connect": 5, "read": 5, "deadline": 8, "longest_wait": 1, "longest_throttle": 10, "longest_retry": 12}
    return replace(patience, retries=1, **{name: min(getattr(patience, name), most) for name, most in short.items()})
