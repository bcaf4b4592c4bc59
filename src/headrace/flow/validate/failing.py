"""Finding what is wrong with the orders of a batch, and telling it: every failure with field, value and fix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as column
from typing import Any

from headrace.catalog import customers
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.flow.validate.checks import checks
from headrace.flow.validate.rules import Claim, over_limit
from headrace.values.ids import fingerprint
from headrace.values.money import Money

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed check of an order, or of a line of it. Amounts are minor units of the order's currency."""

    order_id: int
    word: str
    field: str
    value: str | None = None
    expected: str | None = None
    line_id: int | None = None
    value_minor: int | None = None
    expected_minor: int | None = None
    subject: str | None = None
    evidence: Mapping[str, Any] = column(default_factory=dict)

    def told(self, currency: str) -> dict[str, Any]:
        """The row that parking takes, with money written out."""
        value = self.value if self.value_minor is None else str(Money(self.value_minor, currency))
        expected = self.expected if self.expected_minor is None else str(Money(self.expected_minor, currency))
        row: dict[str, Any] = {
            "id": self.order_id,
            "line_id": self.line_id,
            "check": self.word,
            "field": self.field,
            "value": value,
            "expected": expected,
            **self.evidence,
        }
        if self.value_minor is not None and self.expected_minor is not None:
            row["difference"] = str(Money(self.value_minor - self.expected_minor, currency))
        if self.subject is not None:
            row["sku" if self.line_id is not None else "code"] = self.subject
        return row | {"fix": checks()[self.word].remedy(row)}


def find_failures(batch: Batch, policy: Mapping[str, Any], tolerances: Mapping[str, Any], kinds: Any) -> list[Failure]:
    """Run every check over the gathered facts."""
    terms = _terms(batch, policy, tolerances)
    found: list[Any] = []
    for query in (
        sql.customer_failures,
        sql.money_failures,
        sql.line_failures,
        sql.price_failures,
        sql.shipping_failures,
        sql.discount_failures,
        sql.duplicate_failures,
    ):
        found += query(batch, **terms)
    failures = [
        Failure(row.order_id, row.word, row.field, row.value, row.expected, row.line_id, row.value_minor, row.expected_minor, row.subject) for row in found
    ]
    return [*failures, *_credit_failures(batch)] if kinds.has_accounts else failures


def _terms(batch: Batch, policy: Mapping[str, Any], tolerances: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the checks, from the policies in force."""
    limits, price, tax = policy["limits"], tolerances["price"], tolerances["tax"]
    served = {name: own["segments"] for name, own in policy["channels"].items() if own.get("segments")}
    return {
        "restricted": policy["destinations"]["restricted"],
        "blocked_segments": policy["customers"]["blocked_segments"],
        "trusted_segments": policy["customers"]["trusted_segments"],
        "served_segments": json.dumps(_by_channel(batch, served)),
        "high_value": json.dumps(policy["high_value_minor"]),
        "regulated": json.dumps(policy["regulated"]),
        "regulated_classes": list(policy["regulated"]),
        "tax_percent": str(tax["percent"]),
        "tax_minor_per_line": tax["minor_per_line"],
        "total_minor": tolerances["total"]["minor"],
        "percent_below": str(price["percent_below"]),
        "percent_above": str(price["percent_above"]),
        "price_minor": price["minor"],
        "qty_max": limits["qty_per_line_max_each"],
        "parcels_max": limits["parcels_per_order_max"],
        "discount_percent_max": str(limits["discount_percent_max"]),
        "duplicate_window": f"{limits['duplicate_window_minutes']} minutes",
        "wants_list_price": _is_wanted("price.unlisted", policy),
    }


def _is_wanted(word: str, policy: Mapping[str, Any]) -> bool:
    """False where policy has a check off for everybody: then it costs nothing."""
    return any(table.get(word, "off") != "off" for table in (policy["severity"], *(own.get("severity", {}) for own in policy["channels"].values())))


def _by_channel(batch: Batch, served: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    if not served:
        return []
    return [{"channel_id": c.id, "segments": ", ".join(served.get(c.code) or served[f"kind:{c.kind}"])} for c in sql.channels_named(batch, names=list(served))]


def _credit_failures(batch: Batch) -> Iterable[Failure]:
    """Orders on account: the limit must bear what is owed, with the orders of this very batch counted in."""
    customers.lock_accounts(sql.accounts_of_batch().column("party_id"))
    claims = [Claim(*row) for row in sql.credit_claims(batch)]
    for c in claims:
        if c.limit_minor is None or c.currency != c.limit_currency:
            why = "no customer" if c.party_id is None else "no credit limit" if c.limit_minor is None else f"the order is in {c.currency}"
            yield Failure(c.order_id, "credit.none", "credit_limit", why, c.limit_currency)
    for c, owed in over_limit(claims):
        owes = {"owed": str(Money(owed, c.currency))}
        yield Failure(c.order_id, "credit.exceeded", "credit_limit", value_minor=c.total_minor, expected_minor=c.limit_minor, evidence=owes)


def unwaived(batch: Batch, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Failures (as told) less those that a named person has accepted with these very values, where the check can be accepted at all."""
    accepted = {(w.order_id, w.reason_code, w.fingerprint) for w in sql.waivers(batch, order_ids=sorted({r["id"] for r in rows}))}
    if not accepted:
        return list(rows)
    return [r for r in rows if _key(r) not in accepted or "accept" not in checks()[r["check"]].reason.offers]


def _key(row: Mapping[str, Any]) -> tuple[int, str, str]:
    return row["id"], checks()[row["check"]].reason.code, fingerprint(row["line_id"], row["check"], row["field"], row["value"])
