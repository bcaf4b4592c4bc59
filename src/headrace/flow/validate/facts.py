"""Gathering the facts of a batch into session tables, once, so that every check is one look at a narrow table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import copy_rows, load_queries
from headrace.flow.validate.countries import countries

sql = load_queries(__package__)


def lay_out_trays() -> None:
    """Make the session tables where this connection does not have them yet, with the rules of all countries."""
    if sql.trays_stand().scalar:
        if sql.trays_are_used().scalar:  # by an earlier batch of this very transaction: a commit would have emptied them
            sql.empty_trays()
        return
    sql.make_trays()
    rules = countries().values()
    needs = ("line1", "city", "region", "postcode")
    copy_rows(sql.copy_countries.text, [(c.code, *(name in c.required for name in needs), bool(c.regions), c.postcode_dress) for c in rules])
    copy_rows(sql.copy_regions.text, [(c.code, r.code, r.postcode_begins) for c in rules for r in c.regions.values()])


def gather(batch: Batch, policy: Mapping[str, Any]) -> Any:
    """Fill the trays for the batch. Gives what is rare in it: `tests` (order ids), `has_accounts`, `has_variances` (of tax)."""
    sql.gather_rates()
    sql.gather_orders(batch, untaxed_exports=policy["tax"]["untaxed_exports"])
    sql.gather_lines()
    sql.gather_sums()
    return sql.rare_kinds().one
