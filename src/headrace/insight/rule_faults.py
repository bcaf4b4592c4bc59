"""What is doubtful about a rule that could be put in force: settings without effect, contradictions, names that nobody has. Told, not forbidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
MUCH_PERCENT = 25
NEEDED_FILTERS = ("active", "reach", "entity")


def doubts(name: str, body: Any) -> list[str]:
    """Sentences about what a person should look at twice, the worst first."""
    look = _LOOKS.get(name)
    return list(look(body, sql.codes_of_the_network().one)) if look else []


def _routing(body: dict[str, Any], known: Any) -> Iterator[str]:
    left = [code for code in known.active_nodes if code not in body["exclude_nodes"]]
    if known.active_nodes and not left:
        yield _("Every node is excluded: no order can be given to any.")
    if known.kinds and not set(body["kinds"]) & set(known.kinds):
        yield _("No active node is of the kinds %(kinds)s: no order can be given to any.") % {"kinds": ", ".join(body["kinds"]) or "–"}
    for code in body["exclude_nodes"]:
        if code not in known.nodes:
            yield _("Excluded is “%(code)s”, but there is no such node.") % {"code": code}
    for word in NEEDED_FILTERS:
        if word not in body["filters"]:
            yield _("The filter “%(filter)s” is missing: orders may go to nodes that cannot serve them.") % {"filter": word}
    yield from _routing_contradictions(body)


def _routing_contradictions(body: dict[str, Any]) -> Iterator[str]:
    if body["split"] == "never" and body["parts_max"] > 1:
        yield _("Orders are never split, so “most parts” has no effect.")
    if body["margin_floor_percent"] is not None and "margin" not in body["filters"]:
        yield _("A margin floor is set, but the filter “margin” is missing: it has no effect.")
    if "code" in body["sorts"][:-1]:
        after = body["sorts"][body["sorts"].index("code") + 1 :]
        yield _("No two nodes have the same code, so what stands after it is never looked at: %(sorts)s.") % {"sorts": ", ".join(after)}
    for word in sorted({w for w in body["sorts"] if body["sorts"].count(w) > 1}):
        yield _("“%(sort)s” stands twice in the order of preference; the second has no effect.") % {"sort": word}


def _validation(body: dict[str, Any], known: Any) -> Iterator[str]:
    blocked, trusted = set(body["customers"]["blocked_segments"]), set(body["customers"]["trusted_segments"])
    for segment in sorted(blocked & trusted):
        yield _("The segment “%(segment)s” is both blocked and trusted; it is blocked.") % {"segment": segment}
    for place in body["destinations"]["restricted"]:
        if place in known.home_countries:
            yield _("Nothing is shipped to %(place)s, where a node of ours stands.") % {"place": place}
    for code, own in body["channels"].items():
        if not code.startswith("kind:") and code not in known.channels:
            yield _("Exceptions are made for the channel “%(code)s”, but there is no such channel.") % {"code": code}
        for check, word in own.get("severity", {}).items():
            if body["severity"].get(check) == word:
                yield _("For “%(code)s” the check %(check)s says the same as for all; the exception has no effect.") % {"code": code, "check": check}
    for currency in known.currencies:
        if currency not in body["high_value_minor"]:
            yield _("Orders in %(currency)s have no limit of value: none of them is looked at for it.") % {"currency": currency}
    if body["severity"].get("sku.unknown") != "block":
        yield _("Unknown SKUs do not stop an order: it would come to allocation without an item.")


def _tolerances(body: dict[str, Any], _known: Any) -> Iterator[str]:
    for name, told in (("price", "percent_above"), ("price", "percent_below"), ("tax", "percent")):
        value = body[name][told]
        try:
            much = float(value) > MUCH_PERCENT
        except (TypeError, ValueError):
            yield _("%(setting)s: “%(value)s” is no number.") % {"setting": f"{name} › {told}", "value": value}
            continue
        if much:
            yield _("%(setting)s: %(value)s %% lets nearly every difference through.") % {"setting": f"{name} › {told}", "value": value}
        elif float(value) < 0:
            yield _("%(setting)s: %(value)s is below zero, so that everything differs.") % {"setting": f"{name} › {told}", "value": value}


def _release(body: dict[str, Any], known: Any) -> Iterator[str]:
    for code in body.get("in_progress_max_by_node", {}):
        if code not in known.nodes:
            yield _("A limit is set for the node “%(code)s”, but there is no such node.") % {"code": code}
    if body.get("wave_minutes") and body.get("hold_minutes", 0) > body["wave_minutes"]:
        yield _("Fulfilments are held longer than a wave lasts: each misses its wave.")


def _invoicing(body: dict[str, Any], _known: Any) -> Iterator[str]:
    if body["tax_variance_share_max"] >= 1:
        yield _("A share of 1 is the whole tax: no difference would hold an invoice. 0.02 is 2 per cent.")


_LOOKS: dict[str, Callable[[Any, Any], Iterator[str]]] = {
    "routing": _routing, "validation": _validation, "tolerances": _tolerances, "release": _release, "invoicing": _invoicing,
}  # fmt: skip
