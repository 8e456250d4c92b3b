"""Search in mailboxes of every size, beside notmuch on the same mail, and how it grows."""

from __future__ import annotations

from dataclasses import replace

from infra.local.options import Options
from tests.bench.measured import Measured, Table, percentile
from tests.bench.plot import drawn
from tests.bench.search import USUAL, Found, place_of, searched

_SIZES, _FEW = (10_000, 100_000, 1_000_000), 60
_PERCENTS = (50, 95, 99)


def measure(options: Options, *, is_small: bool) -> Measured:
    """Every size up to N (usually 100,000)."""
    most = options.limit or USUAL
    sizes = (_FEW,) if is_small else [size for size in _SIZES if size < most] + [most]
    found = [_of_size(replace(options, limit=_FEW if is_small else None), size) for size in sizes]
    return Measured(
        (_table(found), _kinds(found[-1])), _figures(found), {"search-growth.svg": _drawing(found)}
    )


def _of_size(options: Options, count: int) -> Found:
    with place_of(count) as folder:
        return searched(options, count, folder)


def _table(found: list[Found]) -> Table:
    rows = tuple(
        (
            f"{each.count:,}",
            *(f"{percentile(each.own, percent):.1f}" for percent in _PERCENTS),
            *(f"{percentile(each.other, percent):.1f}" if each.other else "" for percent in _PERCENTS),
            f"{each.ratio(50):.2f}" if each.other else "",
            f"{each.bytes_per_message:,.0f}",
        )
        for each in found
    )
    percents = [f"p{percent}" for percent in _PERCENTS]
    head = (
        "messages",
        *percents,
        *(f"notmuch {percent}" for percent in percents),
        "ours/notmuch p50",
        "bytes/message",
    )
    return Table(
        "Milliseconds of a query for its first 50 rows and the count of all (embedded, over HTTP)", head, rows
    )


def _kinds(found: Found) -> Table:
    rows = []
    for kind in dict.fromkeys(each.kind for each in found.asked):
        own, other = found.of_kind(kind)
        rows.append(
            (
                kind,
                *(f"{percentile(own, percent):.1f}" for percent in (50, 95)),
                *(f"{percentile(other, percent):.1f}" if other else "" for percent in (50, 95)),
            )
        )
    return Table(
        f"The same by kind of query, at {found.count:,} messages",
        ("kind", "p50", "p95", "notmuch p50", "p95"),
        tuple(rows),
    )


def _figures(found: list[Found]) -> dict[str, float]:
    figures = {f"search_p95_ms_{_short(each.count)}": round(percentile(each.own, 95), 1) for each in found}
    ratios = {each.count: round(each.ratio(50), 2) for each in found if each.other}
    figures |= {f"search_{_short(count)}_vs_notmuch_p50": ratio for count, ratio in ratios.items()}
    if ratios:
        figures["vs_notmuch_p50"] = ratios.get(USUAL, ratios[max(ratios)])
    return figures


def _short(count: int) -> str:
    return f"{count // 1_000}k" if count % 1_000 == 0 else str(count)


def _drawing(found: list[Found]) -> str:
    lines = {
        f"ours p{percent}": [(each.count, percentile(each.own, percent)) for each in found]
        for percent in (95, 50)
    }
    if all(each.other for each in found):
        for percent in (95, 50):
            lines[f"notmuch p{percent}"] = [(each.count, percentile(each.other, percent)) for each in found]
    return drawn("A search as the mailbox grows", ("messages", "milliseconds"), lines)
