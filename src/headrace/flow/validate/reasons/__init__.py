"""Why an order stops at validate: one check, one reason, one procedure."""

from headrace.flow.validate.reasons import buyer, goods, money

__all__ = ["buyer", "goods", "money"]
