"""The fields of an item, node and listing as forms ask for them. What a field may hold is decided where rows are read (supply/assortment/columns.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headrace.catalog.models import ITEM_KINDS, ITEM_STATES, NODE_KINDS, OVERSELL_POLICIES
from headrace.console.templatetags.console import weekdays, words
from headrace.engine.row_files import cell

YES_NO = ("true", "false")
TITLES: dict[str, Any] = {
    "sku": "SKU", "name": gettext_lazy("Name"), "kind": gettext_lazy("Kind"), "item_class": gettext_lazy("Class"), "state": gettext_lazy("State"),
    "weight_g": gettext_lazy("Weight, g"), "length_mm": gettext_lazy("Length, mm"), "width_mm": gettext_lazy("Width, mm"), "height_mm": gettext_lazy("Height, mm"),
    "hazmat_class": gettext_lazy("Hazard class"), "hs_code": gettext_lazy("HS code"), "country_of_origin": gettext_lazy("Country of origin"), "tax_class": gettext_lazy("Tax class"),
    "barred_countries": gettext_lazy("Not sold to (countries)"), "oversell": gettext_lazy("When stock is short"), "available_on": gettext_lazy("Preorder ships from"),
    "unit_cost": gettext_lazy("Standard cost of one"), "unit_cost_currency": gettext_lazy("Currency of the cost"), "gtin": "GTIN",
    "entity": gettext_lazy("Entity"), "zone": gettext_lazy("Time zone"), "country": gettext_lazy("Country"), "region": gettext_lazy("Region"), "postcode": gettext_lazy("Postcode"),
    "latitude": gettext_lazy("Latitude"), "longitude": gettext_lazy("Longitude"), "cut_off": gettext_lazy("Cut-off, local time"), "open_days": gettext_lazy("Ships on weekdays (1 is Monday)"),
    "capacity_orders_per_day": gettext_lazy("Most orders a day"), "lead_time_days": gettext_lazy("Lead time, days"), "handles_hazmat": gettext_lazy("Ships hazardous goods"),
    "is_active": gettext_lazy("May be chosen"), "partner": gettext_lazy("Outside warehouse system"),
    "pack_each": gettext_lazy("Pieces in one unit"), "is_sellable": gettext_lazy("May be sold there"), "valid_from_on": gettext_lazy("First day"), "valid_to_on": gettext_lazy("Last day"),
}  # fmt: skip
CHOICES: dict[str, Sequence[str]] = {
    "state": ITEM_STATES,
    "oversell": OVERSELL_POLICIES,
    "tax_class": ("standard", "reduced", "zero", "exempt"),
    "handles_hazmat": YES_NO,
    "is_active": YES_NO,
    "is_sellable": YES_NO,
}
CODES = ("kind", "state", "oversell", "tax_class")  # values that are the house's own words
DAYS = ("available_on", "valid_from_on", "valid_to_on")
NUMBERS = ("weight_g", "length_mm", "width_mm", "height_mm", "capacity_orders_per_day", "lead_time_days", "pack_each")
ITEM = (
    "name", "item_class", "state", "oversell", "available_on", "tax_class", "weight_g", "length_mm", "width_mm", "height_mm", "hazmat_class", "hs_code",
    "country_of_origin", "barred_countries", "unit_cost", "unit_cost_currency", "gtin",
)  # fmt: skip
NODE = (
    "name", "is_active", "country", "region", "postcode", "zone", "cut_off", "open_days", "capacity_orders_per_day", "lead_time_days", "handles_hazmat",
    "latitude", "longitude", "partner",
)  # fmt: skip
LISTING = ("sku", "pack_each", "is_sellable", "valid_from_on", "valid_to_on")
NEW_ITEM = {"kind": "goods", "item_class": "general", "state": "active", "tax_class": "standard", "oversell": "backorder"}
NEW_NODE = {"kind": "warehouse", "cut_off": "15:00", "open_days": "12345", "lead_time_days": 0, "handles_hazmat": False, "is_active": True}
NEEDED = ("sku", "name", "kind", "entity", "zone", "country", "item_class", "cut_off", "open_days", "lead_time_days", "pack_each")


def fields(names: Sequence[str], values: Mapping[str, Any], choices: Mapping[str, Sequence[tuple[str, Any]]] | None = None) -> list[dict[str, Any]]:
    """Each field with its title, value as a cell of a file, and what it may be chosen from."""
    own = {name: [(word, _(_said(name, word))) for word in words] for name, words in CHOICES.items()} | dict(choices or {})
    return [
        {
            "name": name,
            "title": TITLES[name],
            "value": cell(values.get(name)),
            "choices": own.get(name),
            "needed": name in NEEDED,
            "kind": "day" if name in DAYS else "number" if name in NUMBERS else "text",
        }
        for name in names
    ]


def _said(name: str, word: str) -> str:
    return {"true": "yes", "false": "no"}[word] if CHOICES[name] is YES_NO else word.replace("_", " ")


def kinds_of_items() -> list[tuple[str, str]]:
    return [(word, _(word.replace("_", " "))) for word in ITEM_KINDS]


def kinds_of_nodes() -> list[tuple[str, str]]:
    return [(word, _(word)) for word in NODE_KINDS]


def facts(names: Sequence[str], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is known, for reading: fields that are empty are left out."""
    return [{"title": TITLES[name], "value": _shown(name, values[name])} for name in names if values.get(name) not in (None, "", [])]


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in CODES:
        return words(str(value))
    return weekdays(str(value)) if name == "open_days" else cell(value).removeprefix("'")
