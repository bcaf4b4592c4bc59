"""The chart of accounts: roots and their kinds. The part after the colon of an account is analysis, opened when first posted to."""

from __future__ import annotations

ROOTS: dict[str, tuple[str, str]] = {
    # root: (kind, what it is)
    "bank": ("asset", "Money in the bank"),
    "clearing": ("asset", "Money that a gateway or channel holds for us, until it pays out"),
    "reserve": ("asset", "Money that a gateway keeps back"),
    "receivable": ("asset", "What customers owe, by channel"),
    "inventory": ("asset", "Goods at average cost, by node"),
    "deposits": ("liability", "Money taken before the goods were shipped, by channel"),
    "payout_suspense": ("liability", "Payout lines that people explain by hand, from the one posting to the other"),
    "tax_payable": ("liability", "Tax taken for the state, by jurisdiction"),
    "grni": ("liability", "Goods received, supplier's invoice not yet"),
    "gift_card_liability": ("liability", "Gift cards sold and not yet used"),
    "tips": ("liability", "Tips taken for the staff, by channel"),
    "duties": ("liability", "Import duties taken for the customs, by channel"),
    "opening_equity": ("equity", "The other side of opening stock"),
    "sales": ("income", "Sales net of tax, by channel and item class"),
    "discounts": ("income", "Discounts given, by channel (a debit)"),
    "shipping_income": ("income", "Shipping charged to customers, by channel"),
    "other_income": ("income", "Fees charged beside goods, by channel, and sub-cent differences"),
    "tax_variance": ("expense", "Channel's tax less recomputed tax, within tolerance"),
    "cogs": ("expense", "Cost of goods sold, by channel"),
    "payment_fees": ("expense", "Fees of gateways and channels"),
    "chargebacks": ("expense", "Money taken back by card issuers"),
    "payout_adjustments": ("expense", "Adjustments that a gateway names without a payment"),
    "shrinkage": ("expense", "Stock adjustments"),
    "rounding": ("expense", "Sub-cent differences of imported prices"),
    "bad_debt": ("expense", "Receivables written off"),
}


def kind_of(root: str) -> str:
    try:
        return ROOTS[root][0]
    except KeyError:
        raise LookupError(f"no account root {root!r} in the chart; known are {', '.join(ROOTS)}") from None


# Accounts that must equal their documents: nobody posts to them by hand, or the two would part for good.
KEPT_BY_DOCUMENTS = {
    "receivable": "invoices, credit memos and payments",
    "clearing": "payments and payouts",
    "deposits": "payments and invoices",
    "inventory": "stock moves",
    "payout_suspense": "payouts and what explains their lines",
}
