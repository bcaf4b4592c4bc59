"""The form in which parcels are closed: each with weight, sides and contents, as somebody typed it, or as they were closed before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headrace.flow.ship import weights
from headrace.flow.ship.actions import SIDE_MM_MAX, WEIGHT_G_MAX
from headrace.flow.ship.carriers import carrier_named

PARCELS_MAX = 20  # that one form closes; more by the API
VALUE_CHARS_MAX = 40
MM_PER_CM = 10
_PLACE = re.compile(r"p([0-9]{1,6})-")
SIDES = (("length_cm", gettext_lazy("Length, cm")), ("width_cm", gettext_lazy("Width, cm")), ("height_cm", gettext_lazy("Height, cm")))
Typed = dict[str, Any]  # weight_g, length_cm, width_cm, height_cm, tracking as texts; qty: SKU to text; faults: field to sentence


def goods_of(f: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is left to ship, by SKU: name, left, weight_g of one."""
    goods: dict[str, dict[str, Any]] = {}
    for line in f["lines"]:
        if line["left_each"] > 0:
            known = goods.setdefault(line["sku"], {"sku": line["sku"], "name": line["name"], "left": 0, "weight_g": line["weight_g"]})
            known["left"] += line["left_each"]
    return goods


def as_closed(f: dict[str, Any]) -> list[Typed]:
    """The parcels as they were closed; before that, one with everything."""
    if not f["parcels"]:
        return [_blank(weight_g=_text(_weigh(f, {sku: g["left"] for sku, g in goods_of(f).items()})))]
    return [
        _blank(
            weight_g=_text(p.get("weight_g")),
            tracking=_text(p.get("tracking")),
            qty={x["sku"]: str(x["qty"]) for x in p.get("content") or []},
            **{name: _text(p[name.replace("_cm", "_mm")] / MM_PER_CM) if p.get(name.replace("_cm", "_mm")) else "" for name, _title in SIDES},
        )
        for p in f["parcels"]
    ]


def typed(f: dict[str, Any], form: QueryDict) -> list[Typed]:
    """The parcels as they stand in the form that was sent, with one more or one less where that was pressed."""
    places = sorted({int(found[1]) for name in form if (found := _PLACE.match(name))})[:PARCELS_MAX]
    parcels = [_typed(form, f"p{n}-") for n in places] or [_blank()]
    if "add" in form and len(parcels) < PARCELS_MAX:
        if len(parcels) == 1:
            parcels[0]["qty"] = {sku: str(g["left"]) for sku, g in goods_of(f).items()}
        parcels.append(_blank())
    out = form.get("remove", "")
    if out.isascii() and out.isdigit() and int(out) < len(parcels) > 1:
        _into_first(parcels, parcels.pop(int(out)))
    return parcels


def _into_first(parcels: list[Typed], gone: Typed) -> None:
    """What was in a parcel that is taken out goes into the first."""
    first = parcels[0]["qty"]
    for sku, qty in gone["qty"].items():
        had = first.get(sku, "") or "0"
        if qty.isascii() and qty.isdigit() and had.isascii() and had.isdigit():
            first[sku] = str(int(had) + int(qty))


def _typed(form: QueryDict, before: str) -> Typed:
    named = {name.removeprefix(before): str(form[name]).replace("\x00", "").strip()[:VALUE_CHARS_MAX] for name in form if name.startswith(before)}
    qty = {name.removeprefix("qty-"): value for name, value in named.items() if name.startswith("qty-")}
    return _blank(qty=qty, **{name: value for name, value in named.items() if not name.startswith("qty-")})


def _blank(**values: Any) -> Typed:
    return {"weight_g": "", "tracking": "", "length_cm": "", "width_cm": "", "height_cm": "", "qty": {}, **values, "faults": {}}


def _text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _weigh(f: dict[str, Any], inside: Mapping[str, int]) -> int | None:
    """What these goods weigh; None where the catalog does not know it of one of them."""
    goods = goods_of(f)
    each = [(qty, goods[sku]["weight_g"]) for sku, qty in inside.items() if qty and sku in goods]
    return sum(qty * weight for qty, weight in each) if each and all(weight for _qty, weight in each) else None


def asked(f: dict[str, Any], parcels: Sequence[Typed]) -> tuple[list[dict[str, Any]], bool]:
    """The parcels as the action takes them, and whether they make sense; what does not is said at its field."""
    goods, several = goods_of(f), len(parcels) > 1
    read = [_asked(parcel, goods, several) for parcel in parcels]
    if several:
        for sku, told in goods.items():
            inside = sum(p["content_of"].get(sku, 0) for p in read)
            if inside != told["left"]:
                parcels[-1]["faults"].setdefault(f"qty-{sku}", _sum_says(inside, told["left"]))
        for parcel, p in zip(parcels, read, strict=True):
            if not p["content_of"]:
                parcel["faults"].setdefault("parcel", _("Nothing is in it: say what is, or take the parcel out."))
    content_of = [p.pop("content_of") for p in read]
    if several:
        for p, inside_it in zip(read, content_of, strict=True):
            p["content"] = [{"sku": sku, "qty": qty} for sku, qty in inside_it.items()]
    return read, not any(parcel["faults"] for parcel in parcels)


def _asked(parcel: Typed, goods: Mapping[str, Any], several: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "weight_g": _whole(parcel, "weight_g", parcel["weight_g"], 0, WEIGHT_G_MAX, "1250"),
        **{name.replace("_cm", "_mm"): _side(parcel, name) for name, _title in SIDES},
        "tracking": parcel["tracking"] or None,
    }
    inside = {sku: _whole(parcel, f"qty-{sku}", parcel["qty"].get(sku, ""), 0, goods[sku]["left"], "1") for sku in goods} if several else {}
    return {**{k: v for k, v in found.items() if v is not None}, "content_of": {sku: qty for sku, qty in inside.items() if qty}}


def _side(parcel: Typed, name: str) -> int | None:
    """Centimetres, also halves of them, as millimetres."""
    text = parcel[name].replace(",", ".")
    whole, _point, part = text.partition(".")
    if not text:
        return None
    is_number = (whole + part).isascii() and (whole + part).isdigit() and len(part) <= 1 and len(whole) < 6
    value = int(whole or "0") * MM_PER_CM + int(part or "0") if is_number else 0
    if not 1 <= value <= SIDE_MM_MAX:
        told = {"value": parcel[name], "most": SIDE_MM_MAX // MM_PER_CM}
        parcel["faults"][name] = _("“%(value)s” is no number of centimetres up to %(most)s; write it as 30 or 30.5.") % told
        return None
    return value


def _whole(parcel: Typed, name: str, text: str, least: int, most: int, example: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        told = {"value": text, "least": least, "most": f"{most:,}", "example": example}
        parcel["faults"][name] = _("“%(value)s” is no whole number from %(least)s to %(most)s; write it as %(example)s.") % told
        return None
    return int(text)


def _sum_says(inside: int, left: int) -> str:
    told = {"inside": inside, "left": left}
    return (
        _("%(inside)s of %(left)s are in parcels: put the rest in.") % told
        if inside < left
        else _("%(inside)s are in parcels, %(left)s are left: take some out.") % told
    )


def drawn(f: dict[str, Any], parcels: Sequence[Typed], says: str = "", *, is_sent: bool = False) -> dict[str, Any]:
    """The form as the page draws it."""
    goods = goods_of(f)
    for sku, told in goods.items():
        inside = sum(int(text) for p in parcels if (text := p["qty"].get(sku, "")).isascii() and text.isdigit())
        told["sum"] = _("{inside} of {left} are in parcels.").format(inside=inside, left=told["left"])
    rows = [_drawn(f, n, parcel, goods, len(parcels) > 1) for n, parcel in enumerate(parcels)]
    limits = {"lighter": weights.LIGHTER_PERCENT_MAX, "heavier": weights.HEAVIER_PERCENT_MAX, "packaging": weights.PACKAGING_G_MAX}
    return {
        "parcels": rows, "several": len(rows) > 1, "may_add": len(rows) < PARCELS_MAX and sum(g["left"] for g in goods.values()) > 1, "says": says, "is_sent": is_sent, **limits,
        "asks_tracking": carrier_named(f["carrier"] or "own") is None, "carrier": f["carrier"],
    }  # fmt: skip


def _drawn(f: dict[str, Any], n: int, parcel: Typed, goods: Mapping[str, Any], several: bool) -> dict[str, Any]:
    inside = (
        {sku: int(qty) for sku, qty in parcel["qty"].items() if qty.isascii() and qty.isdigit()} if several else {sku: g["left"] for sku, g in goods.items()}
    )
    expected, weight = _weigh(f, inside), parcel["weight_g"]
    faults = parcel["faults"]
    return {
        **parcel, "n": n, "no": n + 1, "expected_g": expected,
        "is_far_off": weight.isascii() and weight.isdigit() and weights.is_far_off(int(weight), expected),
        "sides": [{"name": name, "title": title, "value": parcel[name], "fault": faults.get(name)} for name, title in SIDES],
        "has_sides": any(parcel[name] for name, _title in SIDES),
        "content": [{**g, "qty": parcel["qty"].get(sku, ""), "fault": faults.get(f"qty-{sku}")} for sku, g in goods.items()],
        "weight_fault": faults.get("weight_g"), "fault": faults.get("parcel"),
    }  # fmt: skip


def far_off(f: dict[str, Any], read: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is to be weighed again, in words; it is packed all the same."""
    everything = {sku: g["left"] for sku, g in goods_of(f).items()}
    found = []
    for n, p in enumerate(read, 1):
        expected = _weigh(f, {x["sku"]: x["qty"] for x in p["content"]} if "content" in p else everything)
        if weights.is_far_off(p.get("weight_g"), expected):
            found.append(
                _("Parcel %(n)s weighs %(weight)s g, its goods %(expected)s g: weigh it again.") % {"n": n, "weight": p["weight_g"], "expected": expected}
            )
    return found
