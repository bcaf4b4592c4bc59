"""The column kinds of the house, so that every table says its units the same way.

Each maker takes the comment that the database keeps on the column; `null` and `db_default` pass through to Django.
Money is integer minor units (`_minor`), goods are counted in base units (`_each`), moments are UTC (`_at`), business dates end in `_on`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models.functions import Now


def text(comment: str, **options: Any) -> Any:
    return models.TextField(db_comment=comment, **options)


def currency(comment: str = "ISO 4217 currency of the amounts in this row", **options: Any) -> Any:
    return models.CharField(max_length=3, db_comment=comment, **options)


def flag(comment: str, default: bool = False) -> Any:
    return models.BooleanField(db_comment=comment, db_default=default)


def minor(comment: str, **options: Any) -> Any:
    """An amount in minor units of the row's currency (cents for USD, yen for JPY)."""
    return models.BigIntegerField(db_comment=comment, **options)


def each(comment: str, **options: Any) -> Any:
    """A quantity in base units."""
    return models.IntegerField(db_comment=comment, **options)


def whole(comment: str, **options: Any) -> Any:
    return models.IntegerField(db_comment=comment, **options)


def small(comment: str, **options: Any) -> Any:
    return models.SmallIntegerField(db_comment=comment, **options)


def big(comment: str, **options: Any) -> Any:
    """A number of another room's row, or a counter, that has no foreign key of its own."""
    return models.BigIntegerField(db_comment=comment, **options)


def exact(comment: str, **options: Any) -> Any:
    """A unit price, rate or cost with up to six decimals."""
    return models.DecimalField(max_digits=20, decimal_places=6, db_comment=comment, **options)


def moment(comment: str, **options: Any) -> Any:
    return models.DateTimeField(db_comment=comment, **options)


def now(comment: str) -> Any:
    return models.DateTimeField(db_comment=comment, db_default=Now())


def day(comment: str, **options: Any) -> Any:
    return models.DateField(db_comment=comment, **options)


def data(comment: str, **options: Any) -> Any:
    return models.JSONField(db_comment=comment, **options)


def digest(comment: str, **options: Any) -> Any:
    return models.BinaryField(db_comment=comment, **options)


def link(to: str, comment: str, *, indexed: bool = False, null: bool = False, **options: Any) -> Any:
    """A foreign key; indexed only where somebody looks it up, because every index is paid for on every insert."""
    return models.ForeignKey(to, on_delete=models.PROTECT, db_comment=comment, db_index=indexed, null=null, blank=null, related_name="+", **options)


def joined(to: str, comment: str, **options: Any) -> Any:
    """A link whose rows are only ever written by a join with what they point at, in one statement or one batch.

    A constraint would check thousands of times what the join has just proven (decision 0004); `headrace verify` looks for orphans instead.
    """
    return link(to, comment, db_constraint=False, **options)


def one_of(column: str, words: Sequence[str], table: str) -> models.CheckConstraint:
    """The database itself refuses a word outside the vocabulary. An empty column passes, as in every check."""
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": list(words)}), name=f"{table}_{column}_known")


def at_least_zero(table: str, *columns: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{column}__gte": 0 for column in columns}), name=f"{table}_not_negative")


def check(name: str, condition: models.Q) -> models.CheckConstraint:
    return models.CheckConstraint(condition=condition, name=name)
