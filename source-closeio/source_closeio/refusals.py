"""The 400s of Close that say what to do (docs/vendors/closeio.md, sections 2 and 3)."""

import re

from crm_source.errors import Kind, Verdict
from crm_source.http.sorting import Told

SKIP = re.compile(r"max_skip|_skip\b.*?less than or equal to", re.IGNORECASE | re.DOTALL)
RIGHT = re.compile(r"permission|not allowed|access|admin|forbidden|unauthori[sz]ed|\brights?\b", re.IGNORECASE)


def known_refusal(told: Told) -> Verdict | None:
    """What a 400 means, from Close's own text; None when it is none of these."""
    if SKIP.search(told.text):
        return Verdict(Kind.TOO_DEEP, f"the list goes no deeper (400).{told.said}")
    if "cursor" in told.text.lower():
        return Verdict(Kind.EXPIRED, f"the cursor has expired (400).{told.said}")
    if told.path.endswith("/event/") and (not told.text or RIGHT.search(told.text)):
        return Verdict(Kind.FORBIDDEN, f"the API key's user cannot read the event log (400).{told.said}")
    return None
