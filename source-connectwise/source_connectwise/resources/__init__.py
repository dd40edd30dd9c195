"""THE table: one row a stream, in the order of ConnectWise's own documentation, a file for each of its modules.

Streams have ConnectWise's own words. What an integration platform calls incidents and organizations are tickets and
companies here; names.py knows both.
"""

from crm_source.resources import Dates, Resource, Swept
from source_connectwise.resources.company import COMPANY
from source_connectwise.resources.finance import FINANCE
from source_connectwise.resources.marketing import MARKETING
from source_connectwise.resources.procurement import PROCUREMENT
from source_connectwise.resources.project import PROJECT
from source_connectwise.resources.sales import SALES
from source_connectwise.resources.schedule import SCHEDULE
from source_connectwise.resources.service import SERVICE
from source_connectwise.resources.system import SYSTEM
from source_connectwise.resources.time_and_expense import EXPENSE, TIME

# What the source itself finds by comparing ids.
DELETIONS = Swept("deletions", primary_key=("stream", "id"), dates=Dates("detected_at"))
RESOURCES: tuple[Resource, ...] = (
    *COMPANY,
    *SERVICE,
    *SALES,
    *FINANCE,
    *PROJECT,
    *TIME,
    *EXPENSE,
    *PROCUREMENT,
    *SCHEDULE,
    *SYSTEM,
    *MARKETING,
    DELETIONS,
)
