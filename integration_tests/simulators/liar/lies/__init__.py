"""Every lie there is, by kind."""

from simulators.liar.lie import Lie
from simulators.liar.lies import counts, discovery, filters, headers, order, paging, refusals, rows, slow

LIES: dict[str, type[Lie]] = {
    lie.name: lie
    for module in (counts, order, paging, filters, rows, refusals, headers, slow, discovery)
    for lie in module.LIES
}
