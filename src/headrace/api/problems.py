"""What is wrong with a call, in one form: field, value, remedy."""

from __future__ import annotations

from ninja import Schema


class Problem(Schema):
    """What is wrong: the sentence, and where it can be said the field, the value as sent, and the remedy."""

    error: str
    field: str | None = None
    value: str | None = None
    fix: str | None = None


class Stop(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.error)
        self.status, self.problem = status, problem
