"""Trends: the same figures by the minute, hour or day. Long ranges are read from kept figures, what is not kept yet is counted from the books."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from headrace.engine.queries import load_queries

sql = load_queries(__package__)

TREND_DAYS_MAX = 92  # counted back when figures are kept for the first time
CHUNK = timedelta(days=7)  # counted in one statement
COUNTED_ANEW = {"hour": timedelta(hours=48), "day": timedelta(days=3)}  # orders may still be parked, or released, so long after they came in
STEP = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Range:
    """What a chart shows: so much time, in spans of a minute, an hour or a day."""

    grain: str
    length: timedelta


RANGES = {
    "1h": Range("minute", timedelta(hours=1)),
    "24h": Range("hour", timedelta(hours=24)),
    "14d": Range("hour", timedelta(days=14)),
    "90d": Range("day", timedelta(days=90)),
}


def trend(name: str, now: datetime) -> dict[str, Any]:
    """One of RANGES up to now, as columns: at (seconds), orders, straight_through, parked, share, cycle_median_s, cycle_slow_s, open_cases, late_cases, at_risk by currency.

    The last span is the one that runs.
    """
    chosen = RANGES[name]
    step = STEP[chosen.grain]
    since, until = floor(now - chosen.length, chosen.grain) + step, floor(now, chosen.grain) + step
    rows = {row["at"]: row for row in _kept(chosen.grain, since, until)}
    begins = max([since, *(at + step for at in rows)])
    rows.update({row["at"]: row for row in counted(chosen.grain, max(begins, until - max(CHUNK, chosen.length / 3)), until)})
    spans = [since + n * step for n in range(int((until - since) / step))]
    return {"range": name, "grain": chosen.grain, "step_s": int(step.total_seconds()), **_columns(spans, rows)}


def floor(at: datetime, grain: str) -> datetime:
    """The beginning of its minute, hour or day, in UTC."""
    at = at.astimezone(UTC).replace(second=0, microsecond=0)
    return at if grain == "minute" else at.replace(minute=0) if grain == "hour" else at.replace(minute=0, hour=0)


def _kept(grain: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Kept figures that will not change any more; those of the last hours are counted anew."""
    if grain == "minute" or until - since <= COUNTED_ANEW["hour"]:
        return []
    return [row._asdict() for row in sql.kept_trend(grain=grain, since=since, until=until)]


def counted(grain: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Every span from since to until, counted from the books."""
    came = {row.at: row for row in sql.orders_of_spans(grain=grain, since=since, until=until)}
    told = {row.at: row for row in sql.cases_of_spans(grain=grain, since=since, until=until)}
    rows, at = [], since
    while at < until:
        o, c = came.get(at), told.get(at)
        rows.append(
            {
                "at": at,
                "orders": o.orders if o else 0,
                "straight_through": o.straight_through if o else 0,
                "cycle_median_s": o.cycle_median_s if o else None,
                "cycle_slow_s": o.cycle_slow_s if o else None,
                "open_cases": c.open_cases if c else 0,
                "late_cases": c.late_cases if c else 0,
                "at_risk": c.at_risk if c else {},
            }
        )
        at += STEP[grain]
    return rows


def _columns(spans: list[datetime], rows: dict[datetime, dict[str, Any]]) -> dict[str, Any]:
    """The rows as columns, with nothing where a span is not known."""
    told = [rows.get(at) for at in spans]
    names = ("orders", "straight_through", "cycle_median_s", "cycle_slow_s", "open_cases", "late_cases")
    columns: dict[str, Any] = {name: [row[name] if row else None for row in told] for name in names}
    columns["parked"] = [row["orders"] - row["straight_through"] if row else None for row in told]
    columns["share"] = [round(100 * row["straight_through"] / row["orders"], 1) if row and row["orders"] else None for row in told]
    currencies = sorted({currency for row in told if row for currency in row["at_risk"]})
    columns["at_risk"] = {currency: [row["at_risk"].get(currency, 0) if row else None for row in told] for currency in currencies}
    return {"at": [int(at.timestamp()) for at in spans], **columns}


def keep(now: datetime) -> int:
    """Count what is not kept yet and what may have changed, hours and days that are over; gives the number of spans. Safe to run twice."""
    return sum(_keep_grain(grain, now) for grain in COUNTED_ANEW)


def _keep_grain(grain: str, now: datetime) -> int:
    until = floor(now, grain)
    since = _since(grain, until)
    spans = 0
    while since < until:
        ends = min(since + CHUNK, until)
        with transaction.atomic():
            rows = counted(grain, since, ends)
            _write(grain, rows)
            if grain == "hour":
                sql.keep_channel_hours(since=since, until=ends)
        spans += len(rows)
        since = ends
    return spans


def _since(grain: str, until: datetime) -> datetime:
    """From where to count: what may have changed, or further back what was never kept."""
    last = sql.last_kept(grain=grain).scalar
    first = sql.first_order()
    if last is None and not first:
        return until
    known = last + STEP[grain] if last else floor(first.one.at, grain)
    return max(min(known, until - COUNTED_ANEW[grain]), until - timedelta(days=TREND_DAYS_MAX))


def _write(grain: str, rows: list[dict[str, Any]]) -> None:
    names = {
        "ats": "at", "orders": "orders", "straight": "straight_through", "medians": "cycle_median_s", "slows": "cycle_slow_s", "opens": "open_cases", "lates": "late_cases",
    }  # fmt: skip
    columns: dict[str, Any] = {name: [row[column] for row in rows] for name, column in names.items()}
    sql.keep_trend(grain=grain, risks=[json.dumps({k: int(v) for k, v in row["at_risk"].items()}) for row in rows], **columns)
