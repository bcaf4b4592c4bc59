"""What each setting of a rule is called, means, and is counted in; and rules as sentences that a planner reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headrace.console.templatetags.console import words as said
from headrace.engine.action import actions
from headrace.engine.written import grouped
from headrace.flow.validate.checks import checks

Path = tuple[str, ...]


class Words(NamedTuple):
    """Of one setting: title, help, unit."""

    title: Any
    help: Any = ""
    unit: Any = ""


MINUTES, PIECES, PERCENT, DAYS, HOURS, MINOR, TIMES = (
    gettext_lazy("minutes"), gettext_lazy("pieces"), gettext_lazy("per cent"), gettext_lazy("days"), gettext_lazy("hours"),
    gettext_lazy("in the smallest unit of the currency"), gettext_lazy("times"),
)  # fmt: skip
NONE_IS_NONE = gettext_lazy("Empty is no limit.")
WORDS: dict[Path, Words] = {
    ("routing", "filters"): Words(gettext_lazy("Nodes that may serve"), gettext_lazy("A node must pass every one of these to be looked at.")),
    ("routing", "sorts"): Words(gettext_lazy("Order of preference"), gettext_lazy("The first decides; the next only where the ones before are equal.")),
    ("routing", "kinds"): Words(gettext_lazy("Kinds of nodes")),
    ("routing", "exclude_nodes"): Words(gettext_lazy("Nodes never chosen"), gettext_lazy("By code, for instance while a node moves house.")),
    ("routing", "safety_each"): Words(gettext_lazy("Safety stock"), gettext_lazy("Kept back of every item at every node; a position may keep more."), PIECES),
    ("routing", "split"): Words(gettext_lazy("Splitting an order"), gettext_lazy("Never: an order waits until one node has all of it.")),
    ("routing", "parts_max"): Words(gettext_lazy("Most parts of an order"), gettext_lazy("More nodes than this never work on one order."), gettext_lazy("nodes")),
    ("routing", "ship_partial"): Words(gettext_lazy("Ship what is there"), gettext_lazy("What is there goes now and the rest waits; otherwise all of it waits.")),
    ("routing", "never_split_kit"): Words(gettext_lazy("Keep kits of a line together")),
    ("routing", "margin_floor_percent"): Words(gettext_lazy("Margin floor"), gettext_lazy("Least that is left after goods and parcels, of what the customer pays. Empty is no floor."), PERCENT),
    ("routing", "backorder_look_again_minutes"): Words(gettext_lazy("Backorders look again after"), "", MINUTES),
    ("routing", "attempts_max"): Words(gettext_lazy("Attempts"), gettext_lazy("After so many an order waits for a person."), TIMES),
    ("routing", "reservation_days"): Words(gettext_lazy("Reservations last"), gettext_lazy("Goods that no node was asked to ship are free again after this. Empty is never."), DAYS),
    ("release", "hold_minutes"): Words(gettext_lazy("Rest before release"), gettext_lazy("So long customers can still change their mind."), MINUTES),
    ("release", "in_progress_max"): Words(gettext_lazy("Most in progress at a node"), gettext_lazy("Fulfilments that have not shipped; 0 is no limit.")),
    ("release", "in_progress_max_by_node"): Words(gettext_lazy("Limits of single nodes"), gettext_lazy("Node code to its own limit.")),
    ("release", "wave_minutes"): Words(gettext_lazy("Length of a wave"), gettext_lazy("0 releases at once."), MINUTES),
    ("release", "wave_size"): Words(gettext_lazy("Most of one wave"), gettext_lazy("Fulfilments that a node has open of one wave; 0 is no limit.")),
    ("release", "look_again_minutes"): Words(gettext_lazy("Look again after"), gettext_lazy("When a node is at its limit."), MINUTES),
    ("release", "attempts_max"): Words(gettext_lazy("Attempts after short picks"), gettext_lazy("Then a person decides."), TIMES),
    ("validation", "duplicate_window_minutes"): Words(gettext_lazy("Duplicates are looked for within"), "", MINUTES),
    ("validation", "qty_per_line_max_each"): Words(gettext_lazy("Most of one line"), gettext_lazy("More is parked as unusual."), PIECES),
    ("validation", "discount_percent_max"): Words(gettext_lazy("Largest discount"), gettext_lazy("Of the whole order."), PERCENT),
    ("validation", "parcels_per_order_max"): Words(gettext_lazy("Heaviest order"), gettext_lazy("In parcels of the service's weight limit."), gettext_lazy("parcels")),
    ("validation", "high_value_minor"): Words(gettext_lazy("Orders of this value are looked at"), gettext_lazy("A currency that is not listed has no limit."), MINOR),
    ("validation", "blocked_segments"): Words(gettext_lazy("Blocked segments"), gettext_lazy("Their orders are parked.")),
    ("validation", "trusted_segments"): Words(gettext_lazy("Trusted segments"), gettext_lazy("Not looked at for high value.")),
    ("validation", "restricted"): Words(gettext_lazy("Nothing is shipped to"), gettext_lazy("Countries, or country and region, as in US-AK.")),
    ("validation", "untaxed_exports"): Words(gettext_lazy("Exports bear no tax"), gettext_lazy("Destinations abroad that have no rate.")),
    ("validation", "severity"): Words(gettext_lazy("What each check does when it fails")),
    ("validation", "channels"): Words(gettext_lazy("Exceptions for single channels")),
    ("validation", "regulated"): Words(gettext_lazy("Classes that need a licence"), gettext_lazy("With the countries in which they need none.")),
    ("tolerances", "percent_below"): Words(gettext_lazy("Below what was expected"), gettext_lazy("The wider of per cent and smallest unit counts."), PERCENT),
    ("tolerances", "percent_above"): Words(gettext_lazy("Above what was expected"), "", PERCENT),
    ("tolerances", "percent"): Words(gettext_lazy("Of the expected amount"), "", PERCENT),
    ("tolerances", "minor"): Words(gettext_lazy("Of the amount"), "", MINOR),
    ("tolerances", "minor_per_line"): Words(gettext_lazy("For each line"), "", MINOR),
    ("approvals", "deeds"): Words(gettext_lazy("Deeds that wait for a second person")),
    ("stock_corrections", "value_max"): Words(gettext_lazy("Worth that one person may correct alone"), NONE_IS_NONE, gettext_lazy("whole units of the entity's currency")),
    ("stock_corrections", "day_value_max"): Words(
        gettext_lazy("Worth that one person may correct alone in 24 hours"),
        gettext_lazy("All adjustments, counts and confirmed losses added up. Empty is no limit."),
        gettext_lazy("whole units of the entity's currency"),
    ),
    ("payouts", "difference_alone_minor_max"): Words(
        gettext_lazy("What one person may decide alone of one payout"), gettext_lazy("Differences, write-offs and chargebacks without a message, in one deed or in many."), MINOR
    ),
    ("payouts", "write_off_day_minor_max"): Words(
        gettext_lazy("What one person may decide alone in 24 hours"), gettext_lazy("Of all payouts of a currency, added up."), MINOR
    ),
    ("stock_counts", "tolerated_each"): Words(gettext_lazy("A count may differ by"), gettext_lazy("The wider of pieces and per cent counts. What differs by more is counted again."), PIECES),
    ("stock_counts", "tolerated_percent"): Words(gettext_lazy("A count may differ by a share of the book"), "", PERCENT),
    ("stock_counts", "recount_value"): Words(gettext_lazy("A difference worth more is counted again in any case"), NONE_IS_NONE, gettext_lazy("whole units of the entity's currency")),
    ("stock_counts", "rounds_max"): Words(gettext_lazy("Counts of one line"), gettext_lazy("Then the last one stands."), TIMES),
    ("capture", "edit_cut_off"): Words(gettext_lazy("The channel's edits are applied until"), gettext_lazy("Later ones wait for a person.")),
    ("closing", "entry_alone_minor_max"): Words(gettext_lazy("Largest manual entry of one person"), "", MINOR),
    ("closing", "reopening_alone"): Words(gettext_lazy("One person may reopen a period")),
    ("invoicing", "tax_variance_minor_max"): Words(gettext_lazy("Tax may differ by"), "", MINOR),
    ("invoicing", "tax_variance_share_max"): Words(gettext_lazy("Tax may differ by a share of"), gettext_lazy("0.02 is 2 per cent.")),
    ("shipping", "missed_scan_hours"): Words(gettext_lazy("A parcel may be silent for"), gettext_lazy("Then an exception is opened."), HOURS),
    ("shipping", "tracking_days_max"): Words(gettext_lazy("Parcels are followed for"), "", DAYS),
    ("shipping", "first_kg_minor"): Words(gettext_lazy("Own carrier: the first kilogram"), "", MINOR),
    ("shipping", "further_kg_minor"): Words(gettext_lazy("Own carrier: each further kilogram"), "", MINOR),
    ("shipping", "abroad_minor"): Words(gettext_lazy("Own carrier: more when abroad"), "", MINOR),
    ("shipping", "currency"): Words(gettext_lazy("Own carrier: currency")),
    ("sign_in", "idle_minutes"): Words(gettext_lazy("A session stands still for at most"), gettext_lazy("Then one signs in again, and is back on the same page."), MINUTES),
    ("sign_in", "fresh_minutes"): Words(gettext_lazy("The password is asked again after"), gettext_lazy("For keys, users and second factors."), MINUTES),
    ("sign_in", "second_factor_roles"): Words(gettext_lazy("Roles that need a second factor")),
    ("sign_in", "company_links_by_email"): Words(
        gettext_lazy("The company's sign-in opens the account with the same e-mail"),
        gettext_lazy("Where it says that the address is verified. Otherwise people link it themselves, under My settings."),
    ),
    ("sign_in", "company_second_factor"): Words(
        gettext_lazy("The second factor of the company's sign-in counts"), gettext_lazy("Where it says that it asked for one. Otherwise our own is asked too.")
    ),
}  # fmt: skip
VALUES: dict[str, Any] = {
    "block": gettext_lazy("stops the order"), "warn": gettext_lazy("warns, the order goes on"), "fix": gettext_lazy("is put right, or stops the order"),
    "fix_or_warn": gettext_lazy("is put right, or warns"), "off": gettext_lazy("is not looked at"), "allow": gettext_lazy("allowed"), "never": gettext_lazy("never"),
    "active": gettext_lazy("may be chosen"), "reach": gettext_lazy("reaches the address"), "hazmat": gettext_lazy("may ship hazardous goods where there are any"),
    "promise": gettext_lazy("keeps the promised day"), "open_today": gettext_lazy("ships today"), "cut_off": gettext_lazy("is before its cut-off"),
    "capacity": gettext_lazy("has capacity left"), "refused_before": gettext_lazy("has not refused the order before"), "entity": gettext_lazy("belongs to the selling entity"),
    "margin": gettext_lazy("leaves enough margin"), "transit_days": gettext_lazy("fewest days in transit"), "cost": gettext_lazy("cheapest parcel"),
    "stock_balance": gettext_lazy("most stock left"), "code": gettext_lazy("code of the node"), "kind": gettext_lazy("kind of the node"),
}  # fmt: skip
PREFERS_PROMISE = gettext_lazy("keeps the promised day")


def words_of(name: str, path: Sequence[str]) -> Words:
    """Title, help and unit of a setting; what nobody has described is called as it is written."""
    if name == "validation" and "severity" in path and path[-1] in checks():
        return Words(_(str(checks()[path[-1]].reason.name)), path[-1])
    found = WORDS.get((name, path[-1])) or WORDS.get((name, path[0]))
    if found is None:
        return Words(path[-1].replace("_", " "))
    return found if (name, path[-1]) in WORDS else Words(path[-1], found.help, found.unit)


def value_said(name: str, path: Sequence[str], value: Any) -> str:
    """A value as one says it."""
    unit = words_of(name, path).unit
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("no limit")
    if isinstance(value, list):
        if name == "approvals":
            return ", ".join(_(actions()[word].says) if word in actions() else word for word in value) or _("none")
        if (name, path[0]) == ("routing", "kinds"):
            return ", ".join(said(word) for word in value) or _("none")
        return ", ".join(_said_word(word) for word in value) or _("none")
    if isinstance(value, str):
        return _said_word(value)
    return f"{grouped(value)} {unit}" if unit else grouped(value)


def _said_word(word: Any) -> str:
    return str(VALUES.get(word, word))


def difference(name: str, path: Sequence[str], was: Any, now: Any, *, is_new: bool = False, is_gone: bool = False) -> str:
    """What changed, as a sentence."""
    title = str(words_of(name, path).title)
    place = f"{path[1]}: {title}" if path[0] == "channels" and len(path) > 2 else title
    if is_new:
        return _("%(setting)s is new: %(after)s.") % {"setting": place, "after": value_said(name, path, now)}
    if is_gone:
        return _("%(setting)s is gone; it was %(before)s.") % {"setting": place, "before": value_said(name, path, was)}
    if isinstance(was, list) and isinstance(now, list):
        added, lost = [w for w in now if w not in was], [w for w in was if w not in now]
        if added and lost:
            told = _("%(setting)s: %(added)s comes, %(lost)s goes.")
        elif added or lost:
            told = _("%(setting)s: %(added)s comes.") if added else _("%(setting)s: %(lost)s goes.")
        else:
            told = _("%(setting)s: the order is now %(after)s.")
        return told % {"setting": place, "added": value_said(name, path, added), "lost": value_said(name, path, lost), "after": value_said(name, path, now)}
    return _("%(setting)s: %(after)s instead of %(before)s.") % {"setting": place, "after": value_said(name, path, now), "before": value_said(name, path, was)}


def summary(name: str, body: Any) -> list[str]:
    """The rule in a few sentences."""
    if name == "routing":
        return _routing(body)
    if name == "validation":
        counts = {word: sum(value == word for value in body["severity"].values()) for word in ("block", "warn", "off")}
        fixed = len(body["severity"]) - sum(counts.values())
        told = {"n": len(body["severity"]), **counts, "fix": fixed}
        return [
            _("Every order passes %(n)s checks: %(block)s stop it when they fail, %(warn)s warn, %(fix)s put right what is certain, %(off)s are not looked at.")
            % told,
            _("Nothing is shipped to %(places)s.") % {"places": ", ".join(body["destinations"]["restricted"]) or _("no place that is named")},
        ]
    if name == "approvals":
        return [_("These wait for a second person: %(deeds)s.") % {"deeds": value_said(name, ("deeds",), body["deeds"])}]
    return []


def _routing(body: dict[str, Any]) -> list[str]:
    said = lambda field: value_said("routing", (field,), body[field])  # noqa: E731 - the settings of one body
    told = [_("A node may serve an order if it: %(filters)s.") % {"filters": said("filters")}, _("Of those the best is: %(sorts)s.") % {"sorts": said("sorts")}]
    if body["exclude_nodes"]:
        told.append(_("Never chosen: %(nodes)s.") % {"nodes": said("exclude_nodes")})
    if body["split"] == "never":
        told.append(_("An order is never split: it waits until one node has all of it."))
    else:
        told.append(_("An order may be split over %(parts)s.") % {"parts": said("parts_max")})
    told.append(_("What is there goes now, the rest waits.") if body["ship_partial"] else _("All of an order waits until all of it is there."))
    if body["safety_each"]:
        told.append(_("Kept back at every node: %(pieces)s.") % {"pieces": said("safety_each")})
    return told
