"""How the desk is narrowed: what the address chooses, the cases that this means, and every choice with the number of cases behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headrace.console.access import Visitor
from headrace.engine.written import grouped
from headrace.exception_queue import desk
from headrace.exception_queue.desk import AGES, ORDERS, PROMISES, Wanted
from headrace.exception_queue.reasons import Team, name_of
from headrace.values.money import minor_from

STATES = ("open", "snoozed", "resolved")
VALUES = ("100", "500", "1000", "5000")
VALUE_BOUNDS = tuple(minor_from(value, "USD") for value in VALUES)
AGE_TITLES = {"0-4": gettext_lazy("0–4 h"), "4-24": gettext_lazy("4–24 h"), "24-72": gettext_lazy("1–3 d"), "72-": gettext_lazy("> 3 d")}
PROMISE_TITLES = {"0": gettext_lazy("broken already"), "24": gettext_lazy("within a day"), "72": gettext_lazy("within three days")}
CLOCK_TITLES = {"late": gettext_lazy("late"), "hour": gettext_lazy("due within the hour")}
STATE_TITLES = {"open": gettext_lazy("Open"), "snoozed": gettext_lazy("Snoozed"), "resolved": gettext_lazy("Resolved")}
ORDER_TITLES = {
    "due": gettext_lazy("Due first"), "value": gettext_lazy("Highest value first"), "age": gettext_lazy("Oldest first"), "promise": gettext_lazy("Promise first"),
}  # fmt: skip
TEAM_TITLES = {
    Team.OPERATIONS: gettext_lazy("Operations"), Team.INVENTORY: gettext_lazy("Inventory"), Team.WAREHOUSE: gettext_lazy("Warehouse"),
    Team.CUSTOMER_SERVICE: gettext_lazy("Customer service"), Team.FINANCE: gettext_lazy("Finance"), Team.FRAUD: gettext_lazy("Fraud"),
    Team.MERCHANDISING: gettext_lazy("Merchandising"), Team.INTEGRATION: gettext_lazy("Integration"),
}  # fmt: skip
SINCE = ("today", "week")
NARROWING = ("team", "reason", "stage", "channel", "whose", "state", "clock", "age", "value", "promise", "like", "since")
FILTERS = (*NARROWING, "by")
OWNERS_SHOWN = 12
WORD_CHARS_MAX = 80


def team_title(team: str) -> Any:
    return TEAM_TITLES.get(Team(team), team) if team in set(Team) else team


def chosen_of(given: Mapping[str, Any]) -> dict[str, str]:
    """The filters as the address has them, cleaned. `late=true` is an older word for the clock."""
    chosen = {name: str(given.get(name, "")).replace("\x00", "").strip()[:WORD_CHARS_MAX] for name in FILTERS}
    if given.get("late") == "true" and not chosen["clock"]:
        chosen["clock"] = "late"
    if chosen["state"] == "open":
        chosen["state"] = ""
    return chosen


def query_of(chosen: Mapping[str, str], **changed: str) -> str:
    return urlencode({name: value for name, value in {**chosen, **changed}.items() if value})


def wanted_of(chosen: Mapping[str, str], visitor: Visitor, now: datetime) -> Wanted:
    """The filters as the queue understands them; what is none of the choices narrows nothing."""
    state = chosen["state"] if chosen["state"] in STATES else "open"
    youngest, oldest = _age(chosen["age"])
    whose = chosen["whose"]
    return Wanted(
        state=state,
        team=chosen["team"] or None,
        reason=chosen["reason"] or None,
        stage=chosen["stage"] or None,
        channel=chosen["channel"] or None,
        late=True if chosen["clock"] == "late" else None,
        due_by=now + timedelta(hours=1) if chosen["clock"] == "hour" else None,
        assigned_to=None if whose in ("", "nobody", "mentions") else visitor.actor if whose == "mine" else f"user:{whose}",
        is_free=True if whose == "nobody" else None,
        mentioned=visitor.name if whose == "mentions" else None,
        opened_before=now - youngest if youngest else None,
        opened_from=now - oldest if oldest else None,
        value_from_minor=minor_from(chosen["value"], "USD") if chosen["value"] in VALUES else None,
        promised_by=now + timedelta(hours=int(chosen["promise"])) if chosen["promise"] in PROMISES else None,
        like=int(chosen["like"]) if chosen["like"].isascii() and chosen["like"].isdigit() and len(chosen["like"]) < 19 else None,
        resolved_from=since(chosen["since"], now) if state == "resolved" else None,
    )


def _age(given: str) -> tuple[timedelta | None, timedelta | None]:
    """At least so old, and not as old as that."""
    if given not in AGES:
        return None, None
    youngest, _sign, oldest = given.partition("-")
    return timedelta(hours=int(youngest)), timedelta(hours=int(oldest)) if oldest else None


def since(word: str, now: datetime) -> datetime | None:
    """The beginning of the viewer's day, or a week ago."""
    if word == "today":
        return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return now - desk.MEDIAN_OVER if word == "week" else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The queue counted once, and every figure of the page as a sum of its rows."""

    counted: dict[str, list[Any]]
    chosen: dict[str, str]
    actor: str

    def total(self) -> int:
        return sum(row.cases for row in self.counted["state"] if not row.fails)

    def worth(self) -> list[tuple[str, int]]:
        """Value at risk of what is chosen, by currency, the largest first."""
        sums: Counter[str] = Counter()
        for row in self.counted["currency"]:
            if row.currency and row.value_minor and not row.fails:
                sums[row.currency] += row.value_minor
        return sums.most_common()

    def choices(self, name: str, titles: Iterable[tuple[str, Any]], *, all_of_them: bool = False) -> list[dict[str, Any]]:
        """Every choice of a filter with the cases it would leave, all other filters as they are; without any only where asked, or chosen."""
        shown = []
        for value, title in titles:
            rows = self.counted["mentions" if value == "mentions" else name]
            found = [row for row in rows if row.fails in (0, desk.BITS[name]) and _TESTS[name](row, value, self.actor)]
            is_on = self.chosen[name] == value
            if found or is_on or all_of_them:
                shown.append({
                    "value": value, "title": title, "cases": sum(row.cases for row in found), "late": sum(row.cases for row in found if row.clock == "late"),
                    "is_on": is_on, "query": query_of(self.chosen, **{name: "" if is_on else value}),
                })  # fmt: skip
        return shown

    def values_of(self, name: str, field: str) -> list[str]:
        """What a filter can be set to, the most frequent first."""
        counted: Counter[str] = Counter()
        for row in self.counted[name]:
            if getattr(row, field) is not None:
                counted[getattr(row, field)] += row.cases
        return [value for value, _cases in counted.most_common()]


_TESTS: dict[str, Callable[[Any, str, str], bool]] = {
    "state": lambda row, value, actor: row.state == (value or "open"),
    "team": lambda row, value, actor: not value or row.team == value,
    "reason": lambda row, value, actor: not value or row.reason_code == value,
    "channel": lambda row, value, actor: not value or row.channel == value,
    "clock": lambda row, value, actor: value not in CLOCK_TITLES or row.clock == value,
    "age": lambda row, value, actor: value not in AGES or row.age == value,
    "value": lambda row, value, actor: value not in VALUES or row.value > VALUES.index(value),
    "promise": lambda row, value, actor: value not in PROMISES or row.promise <= PROMISES.index(value),
    "whose": lambda row, value, actor: _is_theirs(row, value, actor),
}


def _is_theirs(row: Any, value: str, actor: str) -> bool:
    if value == "nobody":
        return row.assigned_to is None
    if value == "mentions":
        return bool(row.is_mentioned)
    return not value or row.assigned_to == (actor if value == "mine" else f"user:{value}")


def facets(figures: Figures) -> list[dict[str, Any]]:
    """The filters of the rail: name, title, choices with their counts."""
    owners = [owner.removeprefix("user:") for owner in figures.values_of("whose", "assigned_to") if owner.startswith("user:") and owner != figures.actor][
        :OWNERS_SHOWN
    ]
    whose = [("mine", _("Mine")), ("nobody", _("Nobody's yet")), ("mentions", _("Mention me")), *((owner, owner) for owner in owners)]
    told = [(code, name_of(code)) for code in figures.values_of("reason", "reason_code")]
    return [
        {"name": "whose", "title": _("Whose"), "choices": figures.choices("whose", whose, all_of_them=True)},
        {"name": "reason", "title": _("Reason"), "choices": figures.choices("reason", told)},
        {"name": "team", "title": _("Team"), "choices": figures.choices("team", [(str(team), title) for team, title in TEAM_TITLES.items()])},
        {
            "name": "value",
            "title": _("Value at risk"),
            "choices": figures.choices("value", [(v, _("from %(amount)s") % {"amount": grouped(int(v))}) for v in VALUES]),
        },
        {"name": "promise", "title": _("Promise at risk"), "choices": figures.choices("promise", PROMISE_TITLES.items())},
        {"name": "channel", "title": _("Channel"), "choices": figures.choices("channel", [(c, c) for c in figures.values_of("channel", "channel")])},
    ]


def ages(figures: Figures) -> list[dict[str, Any]]:
    """The bar of ages, each with its share in per cent of the fullest."""
    choices = figures.choices("age", AGE_TITLES.items(), all_of_them=True)
    most = max((choice["cases"] for choice in choices), default=0)
    return [{**choice, "share": round(100 * choice["cases"] / most) if most else 0} for choice in choices]


def strip(figures: Figures, visitor: Visitor, now: datetime) -> list[dict[str, Any]]:
    """The figures at the top of the desk, of the chosen team; each with the address of the rows behind it."""
    team = figures.chosen["team"]
    empty = {**dict.fromkeys(FILTERS, ""), "team": team, "by": figures.chosen["by"]}
    found = desk.strip(now, team or None)

    def figure(title: str, cases: int, tone: str = "", **narrowed: str) -> dict[str, Any]:
        query = query_of(empty, **narrowed)
        return {"title": title, "cases": cases, "tone": tone if cases else "", "query": query, "is_on": query == query_of(figures.chosen)}

    today = since("today", now) or now
    resolved, own = desk.resolved_since(today, visitor.actor, team or None)
    seconds, measured = desk.median_to_resolve(now, team or None)
    done = {**empty, "by": "", "state": "resolved"}
    return [
        figure(_("open"), found["open"]),
        figure(_("late"), found["late"], "bad", clock="late"),
        figure(_("due within the hour"), found["hour"], "warn", clock="hour"),
        figure(_("nobody's yet"), found["free"], whose="nobody"),
        {"title": _("resolved today by me"), "cases": own, "query": query_of(done, since="today", whose="mine")},
        {"title": _("resolved today"), "cases": resolved, "query": query_of(done, since="today")},
        {
            "title": ngettext("median to resolve, %(n)s case in a week", "median to resolve, %(n)s cases in a week", measured) % {"n": grouped(measured)},
            "seconds": seconds,
            "query": query_of(done, since="week"),
        },
    ]


def orders(chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The orders in which the queue may stand."""
    return [{"value": value, "title": ORDER_TITLES[value], "is_on": (chosen["by"] or "due") == value} for value in ORDERS]


def said(chosen: dict[str, str]) -> list[dict[str, Any]]:
    """What narrows the list now, each with the address without it."""
    words: dict[str, Callable[[str], Any]] = {
        "team": team_title,
        "reason": name_of,
        "stage": lambda v: _("stage %(name)s") % {"name": v},
        "whose": lambda v: {"mine": _("mine"), "nobody": _("nobody's yet"), "mentions": _("mention me")}.get(v, v),
        "state": lambda v: STATE_TITLES.get(v, v),
        "clock": lambda v: CLOCK_TITLES.get(v, v),
        "age": lambda v: AGE_TITLES.get(v, v),
        "value": lambda v: _("from %(amount)s") % {"amount": v},
        "promise": lambda v: _("promise %(when)s") % {"when": PROMISE_TITLES.get(v, v)},
        "like": lambda v: _("same cause as case %(number)s") % {"number": v},
        "since": lambda v: {"today": _("today"), "week": _("in the last seven days")}.get(v, v),
    }
    return [{"name": name, "says": words.get(name, str)(chosen[name]), "query": query_of(chosen, **{name: ""})} for name in NARROWING if chosen[name]]


def states(figures: Figures) -> list[dict[str, Any]]:
    """Open and snoozed with their counts, and what is resolved, which is only counted where somebody looks."""
    counted = figures.choices("state", [(value, STATE_TITLES[value or "open"]) for value in ("", "snoozed")], all_of_them=True)
    is_resolved = figures.chosen["state"] == "resolved"
    return [
        *({**choice, "query": query_of(figures.chosen, state=choice["value"], since="")} for choice in counted),
        {"value": "resolved", "title": STATE_TITLES["resolved"], "is_on": is_resolved, "query": query_of(figures.chosen, state="resolved")},
    ]
