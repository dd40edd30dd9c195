"""The names that an integration platform has for what ConnectWise calls tickets and companies."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

# Of the two lists, and of the first words of all that belongs to their records.
LISTS: Mapping[str, str] = MappingProxyType({"incidents": "tickets", "organizations": "companies"})
FIRST_WORDS: Mapping[str, str] = MappingProxyType({"incident": "ticket", "organization": "company"})


def other_names(streams: Iterable[str]) -> dict[str, str]:
    """Other name -> stream: `organizations` -> companies, `organization_sites` -> company_sites.

    One rule for all satellites: the platform's word takes the place of ConnectWise's at the beginning of the name.
    """
    known = set(streams)
    found = {other: stream for other, stream in LISTS.items() if stream in known}
    for other, word in FIRST_WORDS.items():
        for stream in known:
            first, _, rest = stream.partition("_")
            if first == word and rest:
                found[f"{other}_{rest}"] = stream
    return dict(sorted(found.items()))
