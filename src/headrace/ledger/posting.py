"""Posting rules: declared once, compiled to one set-based insert over the batch, tested by the journal in their example.

A stage fills the fact tray (one row per document and analysis) and names the rules; `post` writes entries and legs. The database refuses an
entry that does not sum to zero per currency, and any later change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries, run
from headrace.ledger.chart import kind_of

sql = load_queries(__package__)

# What a fact may hold; the tray has a column for each. Amounts are minor units.
KEYS = ("channel", "item_class", "jurisdiction", "gateway", "node", "from_node", "reason")
AMOUNTS = (
    "gross",
    "net",
    "shipping",
    "tax",
    "discount",
    "cost",
    "fee",
    "amount",
    "variance",
    "tip",
    "duty",
    "charge",
    "suspense",
    "loss",
    "rounding",
    "chargeback",
)


@dataclass(frozen=True, slots=True)
class RuleLeg:
    """One side: an account with {keys} of the fact, and the fact's amount that goes there."""

    account: str
    amount: str
    sign: int

    @property
    def root(self) -> str:
        return self.account.split(":", 1)[0]


def debit(account: str, amount: str) -> RuleLeg:
    return RuleLeg(account, amount, 1)


def credit(account: str, amount: str) -> RuleLeg:
    return RuleLeg(account, amount, -1)


@dataclass(frozen=True, slots=True)
class PostingRule:
    """When something happens to a document, these accounts move.

    `example` is a journal that finance can read: the fact on its first line, then one leg a line; a test posts it and compares.
    """

    code: str
    when: str
    entry_per: str
    why: str
    legs: tuple[RuleLeg, ...]
    example: str
    undone_by: str | None = None

    def __post_init__(self) -> None:
        for leg in self.legs:
            kind_of(leg.root)
            unknown = [k for k in re.findall(r"\{(\w+)\}", leg.account) if k not in KEYS]
            if unknown or leg.amount not in AMOUNTS:
                raise ValueError(f"rule {self.code}: {leg.account} {leg.amount} uses what no fact has: {unknown or leg.amount}")
        if self.code in _rules and _rules[self.code] != self:
            raise ValueError(f"posting rule {self.code} is declared twice")
        _rules[self.code] = self

    def compiled(self) -> str:
        """The select that turns this rule's facts into legs. Made of declared constants only."""
        return "\nunion all\n".join(self._leg_select(leg) for leg in self.legs)

    def _leg_select(self, leg: RuleLeg) -> str:
        pieces = re.split(r"\{(\w+)\}", leg.account)
        code = " || ".join(f"coalesce({piece}, 'none')" if n % 2 else _quoted(piece) for n, piece in enumerate(pieces) if n % 2 or piece)
        return (
            f"select entity_id, rule, origin, origin_id, posted_on, currency, {code} as account, {_quoted(leg.root)} as root, "  # noqa: S608
            f"{_quoted(kind_of(leg.root))} as kind, {leg.sign} * {leg.amount} as amount from fact_tray where rule = {_quoted(self.code)} and {leg.amount} <> 0"
        )


def _quoted(constant: str) -> str:
    """A declared constant as an SQL literal; it never holds data."""
    assert re.fullmatch(r"[A-Za-z0-9_:. -]+", constant), constant
    return f"'{constant}'"


_rules: dict[str, PostingRule] = {}


def rules() -> dict[str, PostingRule]:
    return dict(sorted(_rules.items()))


def rule(code: str) -> PostingRule:
    return _rules[code]


def make_fact_tray() -> None:
    """The tray that stages fill with facts; it empties itself at commit."""
    sql.make_fact_tray()


def post(giver: Batch | Deed, *which: PostingRule) -> int:
    """Post the facts in the tray by these rules. Gives the number of entries.

    Every fact must become a balanced entry: a fact whose document was posted before by the same rule is an error, because the stage
    should not have taken it again. A document whose period is closed posts into the next open one, and the entry keeps the document's date.
    """
    legs = _legs_of(which)
    parameters = {**giver.parameters()}
    columns = "entity_id, rule, origin, origin_id, posted_on, currency, account, root, kind, amount"
    _run(f"insert into leg_tray ({columns})\n{_summed(legs)}", None)  # sql: constants only, those of the posting rules
    _open_accounts()
    sql.keep_out_of_closed_periods()
    done = sql.write_entries(batch_id=parameters.get("batch_id")).one
    assert done.legs_written == done.legs_asked, f"posted {done.legs_written} of {done.legs_asked} legs: an account is missing or an entry was posted before"
    sql.empty_fact_tray()
    return int(done.entries_written)


def _legs_of(which: Sequence[PostingRule]) -> str:
    return "\nunion all\n".join(r.compiled() for r in which)


def _summed(legs: str) -> str:
    return (
        "select entity_id, rule, origin, origin_id, posted_on, currency, account, root, kind, sum(amount)::bigint "  # noqa: S608 - constants of the rules
        f"from ({legs}) l group by entity_id, rule, origin, origin_id, posted_on, currency, account, root, kind having sum(amount) <> 0"
    )


def _open_accounts() -> None:
    """Open analysed accounts that are posted to for the first time."""
    if sql.unknown_accounts():
        sql.open_accounts()


def _run(text: str, parameters: dict[str, Any] | None) -> None:
    run(text, parameters)
