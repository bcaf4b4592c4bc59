"""Customers: credit and segment, and the lock under which credit is used up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def lock_accounts(party_ids: Sequence[int]) -> None:
    """Lock customers, by id, so that two workers never grant the same credit twice."""
    if party_ids:
        sql.lock_accounts(party_ids=sorted(party_ids))


def party(party_id: int) -> Any | None:
    """id, name, segment, credit_limit_minor, terms_days, tax_exempt_until_on; None if there is none."""
    found = sql.party_by_id(party_id=party_id)
    return found.one if found else None


def set_credit(deed: Deed, party_id: int, credit_limit_minor: int | None, terms_days: int) -> None:
    """Set what a customer may owe (minor units of the entity's currency; None is no credit) and the days to pay."""
    sql.set_credit(deed, party_id=party_id, credit_limit_minor=credit_limit_minor, terms_days=terms_days)


def set_segment(deed: Deed, party_id: int, segment: str) -> None:
    sql.set_segment(deed, party_id=party_id, segment=segment)


def set_exemption(deed: Deed, party_id: int, until_on: date | None) -> None:
    """The last day of a customer's tax exemption; None is no exemption."""
    sql.set_exemption(deed, party_id=party_id, until_on=until_on)
