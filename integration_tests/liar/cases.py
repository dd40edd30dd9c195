"""One run for every lie, variant and kind of list: nothing else is wrong, and nothing is drawn."""

from collections.abc import Iterator
from dataclasses import replace

from liar.honest import Account
from liar.lists import LISTS, OPTIONAL, Listed
from liar.plan import Lying, Plan, optional
from simulators.liar import LIES, Lie

PAGE = 10  # rows
ACCOUNT = Account("", page=PAGE)
# Where it takes an account of its own to see the harm.
ACCOUNTS = {
    "outage": Account("", page=200, is_large=True),  # pages that can shrink a lot
    "coarse_dates": Account("", page=PAGE, plateau=25),  # more rows of one date than a page has
}


def cases(vendor: str, is_short: bool = False) -> Iterator[tuple[str, Plan]]:
    """Names, which are the same in every run, and plans. The short form has the most telling variants only."""
    for kind in LIES.values():
        account = replace(ACCOUNTS.get(kind.name, ACCOUNT), vendor=vendor)
        for lie in list(kind.variants())[: kind.tested if is_short else None]:
            if lie.command == "discover":
                for path in OPTIONAL[vendor][: 1 if is_short else None]:
                    yield f"{lie} about {path}", Plan(account, [Lying(lie, optional(vendor, path))])
                continue
            for one in _different(lie, vendor, is_short):
                other = next(two for two in LISTS[vendor] if two is not one and two.stream not in one.needs)
                yield f"{lie} about {one.stream}", Plan(account, [Lying(lie, one)], [other])


def _different(lie: Lie, vendor: str, is_short: bool) -> list[Listed]:
    """Lists that are walked in different ways, as far as that matters to the lie."""
    found: dict[object, Listed] = {}
    for one in LISTS[vendor]:
        walk, is_below = one.target.walk, one.target.is_below
        if lie.fits(one.target):
            found.setdefault((walk if lie.by_walk else "", not is_short and is_below), one)
    return list(found.values())[: 1 if lie.about == "all" else None]
