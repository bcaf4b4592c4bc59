"""Why this node: routing's decisions in words, the best candidate first, with what removed each of the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headrace.engine.queries import load_queries, run
from headrace.flow.allocate.trying import try_routing
from headrace.governance import policies
from headrace.values.money import decimal_from

sql = load_queries(__package__)
REMOVED_SAYS = {
    "active": gettext_lazy("is closed for good"),
    "kind": gettext_lazy("is of a kind that routing does not use"),
    "excluded": gettext_lazy("is excluded by routing"),
    "entity": gettext_lazy("belongs to another legal entity"),
    "reach": gettext_lazy("does not serve the destination"),
    "hazmat": gettext_lazy("does not handle hazardous goods"),
    "promise": gettext_lazy("would be later than promised"),
    "open_today": gettext_lazy("is not open today"),
    "cut_off": gettext_lazy("is past its cut-off"),
    "capacity": gettext_lazy("is full today"),
    "refused_before": gettext_lazy("has refused this order before"),
    "pinned_elsewhere": gettext_lazy("is not the node that was asked for"),
    "stock": gettext_lazy("does not have all of it"),
    "margin": gettext_lazy("would leave too little margin"),
}
TERM_TITLES = {
    "promise": gettext_lazy("Keeps the promise"),
    "cost": gettext_lazy("Parcel costs"),
    "transit_days": gettext_lazy("Days to the customer"),
    "stock_balance": gettext_lazy("Stock left there"),
    "code": gettext_lazy("Code"),
    "kind": gettext_lazy("Kind's rank"),
}


def candidates(decision: dict[str, Any], currencies: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The nodes of a decision (as `figures.allocation` gives it): node, is_chosen, is_removed, verdict, terms (in words, one for each of the policy's sorts).

    `currencies` is the currency in which each node's parcels are paid, by code.
    """
    detail, sorts = decision["detail"], decision["sorts"]
    chosen = {c["node"] for c in decision["chosen"]}
    return [
        {
            "node": node,
            "is_chosen": node in chosen,
            "is_removed": node in detail["removed"] and node not in chosen,
            "verdict": _verdict(node, chosen, detail["removed"]),
            "terms": _terms(detail["scores"].get(node), sorts, (currencies or {}).get(node)),
        }
        for node in _best_first(detail)
    ]


def titles(sorts: list[str]) -> list[Any]:
    """What the columns of the terms are called."""
    return [TERM_TITLES.get(sort, sort.replace("_", " ")) for sort in sorts]


def currencies_of_nodes() -> dict[str, str]:
    """The currency of each node's legal entity, in which its parcels are paid."""
    return {row.code: row.currency for row in sql.node_currencies()}


def would_choose_now(order_id: int) -> str | None:
    """Where the order would go if routing looked at all of it now, with what it holds given back first; None where nothing of it is left to route. Reads only."""
    as_of = run("select clock_timestamp() as now").scalar or datetime.now(UTC)
    body = policies.in_force("routing", as_of)[1]
    found = try_routing([order_id], body, body, as_of).get(order_id)
    return str(found[1]) if found else None


def _best_first(detail: dict[str, Any]) -> list[str]:
    """Candidates by their terms, then the removed ones."""
    standing = sorted(detail["scores"], key=lambda node: [(term is None, term if term is not None else 0) for term in detail["scores"][node]])
    return standing + [node for node in detail["removed"] if node not in detail["scores"]]


def _verdict(node: str, chosen: set[str], removed: dict[str, str]) -> Any:
    if node in chosen:
        return _("chosen")
    if node in removed:
        return REMOVED_SAYS.get(removed[node]) or _("removed by %(filter)s") % {"filter": removed[node]}
    return _("could serve it too")


def _terms(terms: list[Any] | None, sorts: list[str], currency: str | None) -> list[str]:
    told = [_term(sort, value, currency) for sort, value in zip(sorts, terms or [], strict=False)]
    return [*told, *[""] * (len(sorts) - len(told))]


def _term(sort: str, value: Any, currency: str | None) -> str:
    """A sort term as people read it. None: nobody had to look at it, the terms before it decided."""
    if value is None:
        return "–"
    if sort == "promise":
        return _("too late") if value else _("yes")
    if sort == "cost":
        return f"{decimal_from(value, currency):,} {currency}" if currency else str(value)
    if sort == "transit_days":
        return ngettext("%(n)s day", "%(n)s days", value) % {"n": value}
    return f"{-value:,}" if sort == "stock_balance" else str(value)
