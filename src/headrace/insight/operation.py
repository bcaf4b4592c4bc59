"""The operation at a glance: what flows, what waits, what is at risk, who outside does not answer. Each part stands alone, so that one that fails takes no other with it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from headrace.engine.queries import load_queries
from headrace.insight import rhythm, trends

sql = load_queries(__package__)
SLEEPING_COUNTED_MAX = 10_000  # orders that wait for goods; more are told as more
PROMISES_LOOKED_AT_MAX = 2_000  # open orders of each kind; more are told as more
PULSE_MINUTES = 60
WHOLE_HOUR = timedelta(hours=1)
STILL_MINUTES = 5  # a stage whose water stood for so long does not flow
Rows = list[dict[str, Any]]


def moment() -> datetime:
    """The one moment that a look is made by."""
    at: datetime = sql.moment().scalar
    return at


def day(midnight: datetime, as_of: datetime) -> dict[str, Any]:
    """Orders since midnight, of these straight through and parked; the same of yesterday by this time; what is usual by now."""
    yesterday = {"since": midnight - timedelta(days=1), "until": as_of - timedelta(days=1)}
    usual = sql.usual_by_now(midnight=midnight, as_of=as_of).one._asdict()
    return {"today": _day(midnight, as_of), "yesterday": _day(**yesterday), "usual": usual if usual["days"] else None, **yesterday}


def _day(since: datetime, until: datetime) -> dict[str, Any]:
    orders = sum(row.orders for row in _arrivals(since, until))
    parked = sum(row.orders for row in sql.parked(since=since, until=until))
    return {"orders": orders, "straight_through": orders - parked, "parked": parked, "share": round(100 * (orders - parked) / orders, 1) if orders else None}


def _arrivals(since: datetime, until: datetime) -> Any:
    """Orders of each channel in a time, as of one look: hours that are kept are not counted again, however many orders they had."""
    whole_from = trends.floor(since + WHOLE_HOUR - timedelta(microseconds=1), "hour")
    kept_from = min(whole_from, until)
    kept_to = max(kept_from, min(trends.floor(until, "hour"), sql.kept_until().scalar or kept_from))
    return sql.arrivals(since=since, until=until, kept_from=kept_from, kept_to=kept_to)


def flow(as_of: datetime) -> Rows:
    """Per stage: waiting, oldest_at, through and parked in the last hour, cases open, trouble, and the pulse: documents by minute, the newest last."""
    rows = [r._asdict() for r in sql.flow(as_of=as_of)]
    pulse: dict[str, list[int]] = defaultdict(lambda: [0] * PULSE_MINUTES)
    for beat in sql.pulse(as_of=as_of):
        minutes_ago = int((as_of - beat.at).total_seconds() // 60)
        if 0 <= minutes_ago < PULSE_MINUTES:
            pulse[beat.stage][-1 - minutes_ago] = beat.through
    return [{**row, "pulse": pulse[row["stage"]], "is_flowing": any(pulse[row["stage"]][-STILL_MINUTES:])} for row in rows]


def at_risk(as_of: datetime, until: datetime) -> dict[str, Any]:
    """What open cases hold up: by currency, and by team with their clocks (late, within the hour, until the day ends)."""
    rows = [r._asdict() for r in sql.at_risk(as_of=as_of, until=until)]
    by_currency: dict[str, int] = defaultdict(int)
    teams: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["currency"] and row["value_at_risk_minor"]:
            by_currency[row["currency"]] += row["value_at_risk_minor"]
        team = teams.setdefault(row["team"], {"team": row["team"], "cases": 0, "late": 0, "soon": 0, "today": 0, "values": []})
        for name in ("cases", "late", "soon", "today"):
            team[name] += row[name]
        if row["value_at_risk_minor"]:
            team["values"].append((row["value_at_risk_minor"], row["currency"]))
    total = {name: sum(team[name] for team in teams.values()) for name in ("cases", "late", "soon", "today")}
    by_team = sorted(teams.values(), key=lambda t: (-t["late"], -t["soon"], -t["cases"], t["team"]))
    return {**total, "values": sorted(((v, c) for c, v in by_currency.items()), reverse=True), "teams": by_team}


def promises(as_of: datetime, until: datetime) -> dict[str, Any]:
    """Orders promised by the end of the day that have not left whole."""
    return dict(sql.promises(as_of=as_of, until=until, each_max=PROMISES_LOOKED_AT_MAX).one._asdict())


def sleeping() -> dict[str, Any]:
    """Orders that wait for goods."""
    return dict(sql.sleeping(each_max=SLEEPING_COUNTED_MAX).one._asdict())


def oversold() -> int:
    """Positions that are promised twice: zero, always."""
    n: int = sql.oversold().scalar
    return n


def channels(midnight: datetime, as_of: datetime) -> Rows:
    """Each channel's day, its last order, what is not read yet, and whether it is silent for longer than usual."""
    by_hour: dict[int, dict[int, float]] = defaultdict(dict)
    days: dict[int, int] = {}
    for row in sql.rhythms(as_of=as_of):
        days[row.channel_id] = row.days
        by_hour[row.channel_id][row.hour] = int(row.orders) / row.days
    came = {row.channel_id: row for row in _arrivals(midnight, as_of)}
    parked = {row.channel_id: row.orders for row in sql.parked(since=midnight, until=as_of)}
    rows = [r._asdict() for r in sql.channels(as_of=as_of)]
    for row in rows:
        today = came.get(row["id"])
        row |= {"orders": today.orders if today else 0, "parked": parked.get(row["id"], 0), "last_at": today.last_at if today else row["last_at"]}
        known = days.get(row["id"], 0)
        row["is_silent"] = rhythm.is_silent(by_hour[row["id"]], known, row["last_at"], as_of)
        row["missing"] = round(rhythm.expected(by_hour[row["id"]], row["last_at"], as_of)) if row["is_silent"] else 0
        row["share"] = round(100 * row["parked"] / row["orders"], 1) if row["orders"] else None
    return sorted(rows, key=lambda row: (-row["orders"], row["code"]))


def partners() -> Rows:
    """Everybody outside: what waits to be told, what failed for good, whether they answer."""
    return [r._asdict() for r in sql.partners()]


def workers() -> Rows:
    """Processes that run the line."""
    return [r._asdict() for r in sql.workers()]


def since_then(since: datetime, as_of: datetime) -> dict[str, Any]:
    """What came in after a moment."""
    told = _day(since, as_of)
    return {"orders": told["orders"], "parked": told["parked"]}


def first_steps() -> dict[str, Any]:
    """What an empty system has done already."""
    return dict(sql.first_steps().one._asdict())


def last_verification() -> dict[str, Any] | None:
    """When the books were last verified, by whom, and what was wrong; None where nobody has."""
    found = sql.last_verification()
    return found.one._asdict() if found else None
