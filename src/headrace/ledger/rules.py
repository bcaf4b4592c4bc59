"""The posting rules of the house, for finance to read. Debits are positive in the examples."""

from __future__ import annotations

from headrace.ledger.posting import PostingRule, credit, debit

INVOICE_ISSUED = PostingRule(
    code="INV-01",
    when="invoice.issued",
    entry_per="invoice",
    why="The goods left the node: the sale is earned and the tax is owed. A gift card is no sale yet: its value is owed to whoever brings it. "
    "Tips are the staff's and import duties the customs'; fees are income, but no sale of goods.",
    legs=(
        debit("receivable:{channel}", "gross"),
        debit("discounts:{channel}", "discount"),
        credit("sales:{channel}:{item_class}", "net"),
        credit("gift_card_liability:{channel}", "amount"),
        credit("tips:{channel}", "tip"),
        credit("duties:{channel}", "duty"),
        credit("other_income:{channel}", "charge"),
        credit("shipping_income:{channel}", "shipping"),
        credit("tax_payable:{jurisdiction}", "tax"),
    ),
    example="""gross=15590 discount=500 net=10000 amount=2500 tip=300 duty=1250 charge=200 shipping=1000 tax=840 channel=shop-us item_class=general jurisdiction=US-CA
receivable:shop-us            15590
discounts:shop-us               500
sales:shop-us:general        -10000
gift_card_liability:shop-us   -2500
tips:shop-us                   -300
duties:shop-us                -1250
other_income:shop-us           -200
shipping_income:shop-us       -1000
tax_payable:US-CA              -840""",
    undone_by="CREDIT-01",
)
TAX_VARIANCE = PostingRule(
    code="TAXVAR-01",
    when="invoice.issued",
    entry_per="invoice",
    why="The channel took a little more or less tax than we compute: the law's amount is owed, the difference is ours.",
    legs=(debit("tax_payable:{jurisdiction}", "variance"), credit("tax_variance:{channel}", "variance")),
    example="""variance=2 channel=shop-us jurisdiction=US-CA
tax_payable:US-CA     2
tax_variance:shop-us -2""",
)
COST_OF_GOODS = PostingRule(
    code="COGS-01",
    when="shipment.shipped",
    entry_per="shipment",
    why="The goods left: their average cost goes from stock to the sale.",
    legs=(debit("cogs:{channel}", "cost"), credit("inventory:{node}", "cost")),
    example="""cost=4200 channel=shop-us node=EAST
cogs:shop-us     4200
inventory:EAST  -4200""",
)
PAYMENT_CAPTURED = PostingRule(
    code="PAY-01",
    when="payment.captured",
    entry_per="payment",
    why="The gateway took the money for an invoice: it holds it until the payout.",
    legs=(debit("clearing:{gateway}", "amount"), credit("receivable:{channel}", "amount")),
    example="""amount=11340 gateway=pay channel=shop-us
clearing:pay          11340
receivable:shop-us   -11340""",
)
DEPOSIT_TAKEN = PostingRule(
    code="PAY-02",
    when="payment.captured before invoice",
    entry_per="payment",
    why="Money taken before the goods left is owed to the customer.",
    legs=(debit("clearing:{gateway}", "amount"), credit("deposits:{channel}", "amount")),
    example="""amount=5000 gateway=pay channel=shop-us
clearing:pay       5000
deposits:shop-us  -5000""",
)
DEPOSIT_APPLIED = PostingRule(
    code="PAY-03",
    when="invoice.issued for prepaid goods",
    entry_per="application",
    why="The goods left: the deposit pays the invoice.",
    legs=(debit("deposits:{channel}", "amount"), credit("receivable:{channel}", "amount")),
    example="""amount=5000 channel=shop-us
deposits:shop-us    5000
receivable:shop-us -5000""",
)
REFUND_PAID = PostingRule(
    code="REFUND-01",
    when="payment.refunded after invoice",
    entry_per="payment",
    why="Money went back to the customer from what the gateway holds: an invoice is open again until a credit memo closes it.",
    legs=(debit("receivable:{channel}", "amount"), credit("clearing:{gateway}", "amount")),
    example="""amount=900 gateway=pay channel=shop-us
receivable:shop-us   900
clearing:pay        -900""",
)
DEPOSIT_RETURNED = PostingRule(
    code="REFUND-02",
    when="payment.refunded before invoice",
    entry_per="payment",
    why="Money that was taken before the goods left, and that no invoice has used, went back: it is owed no more.",
    legs=(debit("deposits:{channel}", "amount"), credit("clearing:{gateway}", "amount")),
    example="""amount=900 gateway=pay channel=shop-us
deposits:shop-us   900
clearing:pay      -900""",
)
CHARGEBACK = PostingRule(
    code="CHARGEBACK-01",
    when="payment.chargeback",
    entry_per="payment",
    why="The card issuer took the money back.",
    legs=(debit("chargebacks:{channel}", "amount"), credit("clearing:{gateway}", "amount")),
    example="""amount=900 gateway=pay channel=shop-us
chargebacks:shop-us   900
clearing:pay         -900""",
)
CREDIT_ISSUED = PostingRule(
    code="CREDIT-01",
    when="credit_memo.issued",
    entry_per="credit memo",
    why="A sale is taken back in part or whole; the invoice stays as it was.",
    legs=(
        credit("receivable:{channel}", "gross"),
        credit("discounts:{channel}", "discount"),
        debit("sales:{channel}:{item_class}", "net"),
        debit("gift_card_liability:{channel}", "amount"),
        debit("tips:{channel}", "tip"),
        debit("duties:{channel}", "duty"),
        debit("other_income:{channel}", "charge"),
        debit("shipping_income:{channel}", "shipping"),
        debit("tax_payable:{jurisdiction}", "tax"),
    ),
    example="""gross=1080 net=1000 tax=80 channel=shop-us item_class=general jurisdiction=US-CA
receivable:shop-us     -1080
sales:shop-us:general   1000
tax_payable:US-CA         80""",
)
PAYOUT_POSTED = PostingRule(
    code="PAYOUT-01",
    when="payout.matched",
    entry_per="payout",
    why="The deposit reached the bank: gross less fees less what was kept back.",
    legs=(
        debit("bank:{gateway}", "net"),
        debit("payment_fees:{gateway}", "fee"),
        debit("reserve:{gateway}", "amount"),
        debit("payout_adjustments:{gateway}", "variance"),
        credit("clearing:{gateway}", "gross"),
        credit("payout_suspense:{gateway}", "suspense"),
    ),
    example="""gross=10000 suspense=700 fee=290 net=9910 amount=500 gateway=pay
bank:pay            9910
payment_fees:pay     290
reserve:pay          500
clearing:pay      -10000
payout_suspense:pay -700""",
)
PAYOUT_LINE_EXPLAINED = PostingRule(
    code="PAYOUT-02",
    when="payout line matched or written off by a person",
    entry_per="payout line",
    why="A person says what a line of a payout is: a payment of another amount or key, whose difference an account bears, or all of it a cost or a gain.",
    legs=(
        debit("payout_suspense:{gateway}", "suspense"),
        credit("clearing:{gateway}", "gross"),
        credit("payment_fees:{gateway}", "fee"),
        credit("payout_adjustments:{gateway}", "variance"),
        credit("other_income:{gateway}", "charge"),
        credit("bad_debt:{gateway}", "loss"),
        credit("rounding:{gateway}", "rounding"),
        credit("chargebacks:{gateway}", "chargeback"),
    ),
    example="""suspense=9990 gross=10000 fee=-10 gateway=pay
payout_suspense:pay  9990
clearing:pay       -10000
payment_fees:pay       10""",
    undone_by="PAYOUT-03",
)
PAYOUT_LINE_OPENED = PostingRule(
    code="PAYOUT-03",
    when="explanation of a payout line taken back",
    entry_per="payout line",
    why="What a person said about a line of a payout does not hold: the payment waits for its payout again, and the line for another explanation.",
    legs=(
        credit("payout_suspense:{gateway}", "suspense"),
        debit("clearing:{gateway}", "gross"),
        debit("payment_fees:{gateway}", "fee"),
        debit("payout_adjustments:{gateway}", "variance"),
        debit("other_income:{gateway}", "charge"),
        debit("bad_debt:{gateway}", "loss"),
        debit("rounding:{gateway}", "rounding"),
        debit("chargebacks:{gateway}", "chargeback"),
    ),
    example="""suspense=9990 gross=10000 fee=-10 gateway=pay
payout_suspense:pay -9990
clearing:pay        10000
payment_fees:pay      -10""",
    undone_by="PAYOUT-02",
)
STOCK_OPENED = PostingRule(
    code="STOCK-01",
    when="stock.opening",
    entry_per="stock load",
    why="Stock that was there before Headrace: its value is opening equity.",
    legs=(debit("inventory:{node}", "cost"), credit("opening_equity", "cost")),
    example="""cost=100000 node=EAST
inventory:EAST   100000
opening_equity  -100000""",
)
STOCK_RECEIVED = PostingRule(
    code="STOCK-02",
    when="stock.receipt",
    entry_per="receipt",
    why="Goods came in before the supplier's invoice.",
    legs=(debit("inventory:{node}", "cost"), credit("grni", "cost")),
    example="""cost=100000 node=EAST
inventory:EAST   100000
grni            -100000""",
)
STOCK_ADJUSTED = PostingRule(
    code="STOCK-03",
    when="stock.adjust",
    entry_per="adjustment",
    why="A count differs from the book: the difference is shrinkage.",
    legs=(debit("inventory:{node}", "cost"), credit("shrinkage:{reason}", "cost")),
    example="""cost=-700 node=EAST reason=damage
inventory:EAST    -700
shrinkage:damage   700""",
)
STOCK_RETURNED = PostingRule(
    code="STOCK-04",
    when="credit_memo.issued for goods that came back",
    entry_per="credit memo",
    why="The goods are back on the shelf: their cost is stock again and no cost of the sale.",
    legs=(debit("inventory:{node}", "cost"), credit("cogs:{channel}", "cost")),
    example="""cost=4200 channel=shop-us node=EAST
inventory:EAST   4200
cogs:shop-us    -4200""",
)
BAD_DEBT = PostingRule(
    code="BADDEBT-01",
    when="receivable.written_off",
    entry_per="write-off",
    why="The customer will not pay: what was owed is a loss. A negative amount takes an earlier write-off back.",
    legs=(debit("bad_debt:{channel}", "amount"), credit("receivable:{channel}", "amount")),
    example="""amount=9900 channel=shop-us
bad_debt:shop-us     9900
receivable:shop-us  -9900""",
)
IMPORT_ROUNDED = PostingRule(
    code="ROUND-01",
    when="import.rounded",
    entry_per="import",
    why="A file's prices have more decimals than the currency: the sub-cent rest is kept in sight.",
    legs=(debit("rounding:{channel}", "amount"), credit("other_income:{channel}", "amount")),
    example="""amount=3 channel=file
rounding:file        3
other_income:file   -3""",
)
