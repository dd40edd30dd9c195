"""The sums that /opportunity/ adds to its pages (2.1)."""

from typing import Any

from simulators.closeio.store import Entry


def opportunity_totals(entries: list[Entry]) -> dict[str, Any]:
    periods = ("one_time", "monthly", "annual")
    count, total, expected = (dict.fromkeys(periods, 0) for _ in range(3))
    annualized = annualized_expected = 0
    for entry in entries:
        row = entry.row()
        period = row["value_period"]
        count[period] += 1
        total[period] += row.get("value") or 0
        expected[period] += row.get("expected_value") or 0
        annualized += row.get("annualized_value") or 0
        annualized_expected += row.get("annualized_expected_value") or 0
    return {
        "count_by_value_period": count,
        **{f"total_value_{period}": total[period] for period in periods},
        "total_value_annualized": annualized,
        **{f"expected_value_{period}": expected[period] for period in periods},
        "expected_value_annualized": annualized_expected,
    }
