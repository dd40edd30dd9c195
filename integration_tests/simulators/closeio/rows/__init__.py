"""The content of seeded rows, with every field of section 6 of docs/vendors/closeio.md."""

from collections.abc import Callable

from simulators.closeio.rows import (
    activities,
    automation,
    configuration,
    conversations,
    crm,
    custom,
    messaging,
    people,
    tasks,
    telephony,
)
from simulators.closeio.rows.world import Pick, World
from simulators.closeio.store import Row

Body = Callable[[Pick, World], Row]
BODIES: dict[str, Body] = {
    **crm.BODIES,
    **tasks.BODIES,
    **activities.BODIES,
    **conversations.BODIES,
    **people.BODIES,
    **custom.BODIES,
    **configuration.BODIES,
    **messaging.BODIES,
    **automation.BODIES,
    **telephony.BODIES,
}
