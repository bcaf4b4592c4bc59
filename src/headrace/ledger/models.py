"""The ledger: accounts, entries that always balance, invoices without gaps, payments, payouts, periods."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from headrace.engine.columns import big, check, currency, data, day, flag, joined, link, minor, moment, one_of, text

ACCOUNT_KINDS = ("asset", "liability", "equity", "income", "expense")
INVOICE_KINDS = ("invoice", "credit_memo")
INVOICE_STATES = ("issued", "captured", "settled", "on_account")
PAYMENT_KINDS = ("authorised", "captured", "refunded", "voided", "chargeback")
PAYOUT_STATES = ("received", "matched", "posted")
PAYOUT_LINE_KINDS = ("charge", "refund", "fee", "reserve_hold", "reserve_release", "adjustment", "chargeback", "difference")


class Account(models.Model):
    """An account; the part after the colon of a code is its analysis (channel, jurisdiction, class)."""

    code = text("Code, as in receivable:shop-us", unique=True)
    root = text("The part before the first colon")
    kind = text("asset, liability, equity, income or expense")

    class Meta:
        db_table_comment = "Chart of accounts; analysed accounts are opened when first posted to"
        constraints = [one_of("kind", ACCOUNT_KINDS, "account")]


class Period(models.Model):
    """A month of one entity's books."""

    entity = link("catalog.Entity", "Entity")
    starts_on = day("First day")
    ends_on = day("Last day")
    state = text("open or closed", db_default="open")
    closed_at = moment("When it was closed", null=True)
    closed_by = text("Who closed it", null=True)

    class Meta:
        db_table_comment = "Accounting periods; nothing is posted into a closed one"
        constraints = [
            models.UniqueConstraint(fields=["entity", "starts_on"], name="period_once"),
            one_of("state", ("open", "closed"), "period"),
            check("period_in_order", Q(ends_on__gte=F("starts_on"))),
        ]


class Entry(models.Model):
    """A journal entry: one rule applied to one document."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    entity = joined("catalog.Entity", "Entity")
    rule = text("Posting rule, as in INV-01")
    origin = text("Kind of document")
    origin_id = big("Row of that document")
    posted_on = day("Business date in the entity's zone")
    batch_id = big("Batch; null for a single deed", null=True)
    undoes = big("Entry that this one reverses", null=True)
    late_for_on = day("Date of its document, where the period of that date had been closed; null is none", null=True)

    class Meta:
        db_table_comment = "Journal entries; append-only; each sums to zero per currency"
        constraints = [models.UniqueConstraint(fields=["origin_id", "rule", "origin"], name="entry_exactly_once")]


class Leg(models.Model):
    """One side of an entry: debit positive, credit negative."""

    pk = models.CompositePrimaryKey("entry_id", "account_id", "currency")  # an entry has one leg per account and currency
    entry = joined("ledger.Entry", "Entry")
    account = joined("ledger.Account", "Account")
    amount_minor = minor("Debit positive, credit negative")
    currency = currency()

    class Meta:
        db_table_comment = "Legs of entries; append-only; inserted with their entry in one statement"
        indexes = [models.Index(fields=["account", "entry"], name="leg_of_account")]


class Slice(models.Model):
    """What was posted to an account on a day: a part of it as one statement posted it, or all that was folded. Balances are sums of these."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    entity = joined("catalog.Entity", "Entity")
    account = joined("ledger.Account", "Account")
    currency = currency()
    posted_on = day("Business date of the entries")
    debit_minor = minor("Sum of the debits")
    credit_minor = minor("Sum of the credits, positive")
    legs = big("How many legs")
    first_entry_id = big("Lowest entry")
    last_entry_id = big("Highest entry")
    folded = flag("Folded by the clock, one per account and day; else as one statement posted it")

    class Meta:
        db_table_comment = "Sums of legs by account and business date, added by a trigger with every posting"
        constraints = [models.UniqueConstraint(fields=["entity", "account", "currency", "posted_on"], name="slice_folded_once", condition=Q(folded=True))]
        indexes = [models.Index(fields=["id"], name="slice_fresh", condition=Q(folded=False))]


class DocumentSlice(models.Model):
    """What invoices and credit memos of a day say about tax, by where; added and folded as slices of legs are."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    entity = joined("catalog.Entity", "Entity")
    channel_code = text("Channel")
    kind = text("invoice or credit_memo")
    currency = currency()
    jurisdiction = text("Where the tax is owed, or none")
    issued_on = day("Business date of the documents")
    documents = big("How many")
    taxable_minor = minor("Without tax, of documents that bear tax")
    exempt_minor = minor("Total of documents that bear none")
    tax_minor = minor("Tax")
    folded = flag("Folded by the clock; else as one statement wrote it")

    class Meta:
        db_table = "ledger_document_slice"
        db_table_comment = "Sums of invoices and credit memos by jurisdiction and business date, added by a trigger when they are issued"
        constraints = [
            one_of("kind", INVOICE_KINDS, "document_slice"),
            models.UniqueConstraint(
                fields=["entity", "channel_code", "kind", "currency", "jurisdiction", "issued_on"], name="document_slice_folded_once", condition=Q(folded=True)
            ),
        ]
        indexes = [models.Index(fields=["id"], name="document_slice_fresh", condition=Q(folded=False))]


class Correction(models.Model):
    """The document of an entry that a person makes: a manual one, or one that reverses another."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    entity = joined("catalog.Entity", "Entity")
    kind = text("manual or undo")
    undoes = big("Entry that is reversed, once at most", null=True, unique=True)
    note = text("Why")
    actor = text("Who")
    at = moment("When")

    class Meta:
        db_table_comment = "Manual entries and reversals: who, when and why"
        constraints = [one_of("kind", ("manual", "undo"), "correction")]


class NumberSeries(models.Model):
    """Last number given in a gapless series."""

    entity = link("catalog.Entity", "Entity")
    series = text("Series, as in INV or CRN")
    last = big("Last number given", db_default=0)

    class Meta:
        db_table = "ledger_number_series"
        db_table_comment = "Gapless numbering: locked, raised and used in one transaction"
        constraints = [models.UniqueConstraint(fields=["entity", "series"], name="number_series_once")]


class Invoice(models.Model):
    """What the customer owes for one shipment, or gets back by a credit memo."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    entity = joined("catalog.Entity", "Entity")
    kind = text("invoice or credit_memo", db_default="invoice")
    series = text("Number series", db_default="INV")
    number = big("Number in the series, without gaps")
    order_id = big("Order", null=True)
    shipment_id = big("Shipment; one invoice each", null=True, unique=True)
    origin = text("Kind of document it comes from: shipment, order (nothing to ship), return, import", db_default="shipment")
    external_ref = text("The source's own number, for imported credits", null=True)
    channel_code = text("Channel")
    state = text("issued, captured (money taken), settled (explained by a payout, or nothing to pay) or on_account", db_default="issued")
    hold = text("clear, or held by an open exception", db_default="clear")
    currency = currency()
    goods_minor = minor("Goods before discount, without tax")
    discount_minor = minor("Discount, positive, without tax", db_default=0)
    shipping_minor = minor("Shipping, without tax", db_default=0)
    tax_minor = minor("Tax as the channel took it")
    total_minor = minor("What is owed: goods - discount + shipping + tax")
    tax_variance_minor = minor("Channel's tax less recomputed tax", db_default=0)
    tax_jurisdiction = text("Where the tax is owed", null=True)
    paid_minor = minor("Captured or applied so far", db_default=0)
    issued_on = day("Business date in the entity's zone")
    issued_at = moment("When")
    due_on = day("When payment is due", null=True)
    undoes = big("Invoice that a credit memo corrects", null=True)

    class Meta:
        db_table_comment = "Invoices and credit memos"
        constraints = [
            models.UniqueConstraint(fields=["entity", "series", "number"], name="invoice_number_once"),
            one_of("kind", INVOICE_KINDS, "invoice"),
            one_of("state", INVOICE_STATES, "invoice"),
            one_of("hold", ("clear", "held"), "invoice"),
            check("invoice_foots", Q(total_minor=F("goods_minor") - F("discount_minor") + F("shipping_minor") + F("tax_minor"))),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="invoice_of_order"),
            models.Index(fields=["external_ref"], name="invoice_by_source", condition=Q(external_ref__isnull=False)),
            models.Index(
                fields=["due_on", "id"],
                name="invoice_open",
                include=["entity", "currency", "channel_code", "total_minor", "paid_minor", "issued_on"],
                condition=Q(kind="invoice", total_minor__gt=F("paid_minor")),
            ),
        ]


class InvoiceLine(models.Model):
    """One order line's part of an invoice."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    invoice = joined("ledger.Invoice", "Invoice", indexed=True)
    line_id = big("Order line", null=True)
    kind = text("goods, charge, service, gift_card or shipping", db_default="goods")
    item_class = text("Class for the sales account", db_default="general")
    description = text("Text when there is no order line", null=True)
    qty_each = big("Pieces", db_default=0)
    goods_minor = minor("Before discount, without tax")
    discount_minor = minor("Discount, positive, without tax", db_default=0)
    tax_minor = minor("Tax", db_default=0)

    class Meta:
        db_table = "ledger_invoice_line"
        db_table_comment = "Invoice lines; they sum to the invoice"


class Payment(models.Model):
    """Money authorised, taken, given back or lost, as the gateway or channel says."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    order_id = big("Order", null=True)
    invoice_id = big("Invoice that a capture pays", null=True)
    kind = text("authorised, captured, refunded, voided or chargeback")
    gateway = text("Gateway or channel that holds the money")
    external_ref = text("The gateway's key; unique per gateway and kind")
    amount_minor = minor("Amount, positive")
    currency = currency()
    at = moment("When it happened there")
    expires_at = moment("When an authorisation lapses", null=True)
    payout_id = big("Payout that explained it", null=True)
    deposit_minor = minor("Of a refund: the part that was a deposit, not used for any invoice yet", db_default=0)
    batch_id = big("Batch", null=True)

    class Meta:
        db_table_comment = "Payment events"
        constraints = [
            models.UniqueConstraint(fields=["gateway", "external_ref", "kind"], name="payment_exactly_once"),
            one_of("kind", PAYMENT_KINDS, "payment"),
            check("payment_positive", Q(amount_minor__gte=0)),
            check("payment_deposit_within_amount", Q(deposit_minor__gte=0, deposit_minor__lte=F("amount_minor"))),
        ]
        indexes = [models.Index(fields=["order_id"], name="payment_of_order")]


class Application(models.Model):
    """A deposit (money taken before the invoice) used to pay an invoice."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    order_id = big("Order")
    invoice = joined("ledger.Invoice", "Invoice paid", indexed=True)
    amount_minor = minor("Amount used")
    at = moment("When")
    batch_id = big("Batch", null=True)

    class Meta:
        db_table_comment = "Deposits applied to invoices"


class Payout(models.Model):
    """A deposit to the bank with the lines that explain it."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    entity = link("catalog.Entity", "Entity", null=True)
    partner = text("Gateway or channel that paid")
    external_ref = text("The partner's key; unique per partner")
    currency = currency()
    deposit_minor = minor("What reached the bank")
    gross_minor = minor("Sum of charges less refunds", db_default=0)
    fee_minor = minor("Sum of fees, positive", db_default=0)
    reserve_minor = minor("Held back (positive) or released (negative)", db_default=0)
    lines_expected = big("Lines that the partner announced; a page may be missing", null=True)
    paid_on = day("Date of the deposit")
    state = text("received, matched or posted", db_default="received")
    hold = text("clear, or held by an open exception", db_default="clear")
    inbox_id = big("Message", null=True)

    class Meta:
        db_table_comment = "Payouts; journal = deposit"
        constraints = [
            models.UniqueConstraint(fields=["partner", "external_ref"], name="payout_exactly_once"),
            one_of("state", PAYOUT_STATES, "payout"),
            one_of("hold", ("clear", "held"), "payout"),
        ]


class PayoutLine(models.Model):
    """One line of a payout."""

    pk = models.CompositePrimaryKey("payout_id", "line_no")
    payout = joined("ledger.Payout", "Payout")
    line_no = big("Position, from 1")
    kind = text(
        "charge, refund, fee, reserve_hold, reserve_release, adjustment, chargeback, or difference (what the deposit has more than the partner's lines)"
    )
    external_ref = text("The payment's key at the partner", null=True)
    gross_minor = minor("Gross, signed as the partner pays it")
    fee_minor = minor("Fee, positive", db_default=0)
    net_minor = minor("Net, signed: gross - fee")
    payment_id = big("Payment that it is matched to", null=True)
    note = text("The partner's words", null=True)
    explanation_id = big("What a person decided about it; null where the engine matched it, or nobody has", null=True)

    class Meta:
        db_table = "ledger_payout_line"
        db_table_comment = "Payout lines and what each was matched to"
        constraints = [
            one_of("kind", PAYOUT_LINE_KINDS, "payout_line"),
            check("payout_line_foots", Q(net_minor=F("gross_minor") - F("fee_minor"))),
        ]


class PayoutExplanation(models.Model):
    """What a person decided about a line of a payout: the payment that it is, or the account that bears it. Taken back, it stays as it was told."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    payout = joined("ledger.Payout", "Payout")
    line_no = big("Line of the payout")
    kind = text("matched (to a payment) or written_off")
    line_kind = text("Kind of the line as it was")
    line_ref = text("The line's key at the partner", null=True)
    gross_minor = minor("The line's gross, signed as the partner pays it")
    payment_id = big("Payment that it was matched to", null=True)
    difference_minor = minor("What the line has more than our payment; all of it where there is none", db_default=0)
    alone_minor = minor(
        "What its person decided by it alone, in either direction, which counts towards the limits of policy; 0 where a second person saw it", db_default=0
    )
    account = text("Root of the account that bears the difference", null=True)
    why = text("The person's reason", null=True)
    actor = text("Who")
    at = moment("When")
    taken_back_at = moment("When it was taken back", null=True)
    taken_back_by = text("Who took it back", null=True)
    taken_back_why = text("Why", null=True)

    class Meta:
        db_table = "ledger_payout_explanation"
        db_table_comment = "Payout lines that people matched or wrote off, each with its entry"
        constraints = [
            one_of("kind", ("matched", "written_off"), "payout_explanation"),
            models.UniqueConstraint(fields=["payout", "line_no"], name="payout_explanation_once", condition=Q(taken_back_at__isnull=True)),
            check("payout_explanation_has_account", Q(difference_minor=0) | Q(account__isnull=False, why__isnull=False)),
            check("payout_explanation_has_payment", Q(kind="written_off", payment_id__isnull=True) | Q(kind="matched", payment_id__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["payout", "line_no"], name="payout_explanation_told"),
            models.Index(fields=["actor", "at"], name="payout_explanation_alone", condition=Q(alone_minor__gt=0)),
        ]


class ExchangeRate(models.Model):
    """A rate between two currencies on a day."""

    from_currency = currency("From")
    to_currency = currency("To")
    on_day = day("Day")
    rate = models.DecimalField(max_digits=20, decimal_places=10, db_comment="Units of to_currency for one from_currency")
    source = text("Where the rate comes from")

    class Meta:
        db_table = "ledger_exchange_rate"
        db_table_comment = "Exchange rates"
        constraints = [
            models.UniqueConstraint(fields=["from_currency", "to_currency", "on_day"], name="exchange_rate_once"),
            check("exchange_rate_positive", Q(rate__gt=0)),
        ]


class WriteOff(models.Model):
    """Money that a customer owes and will not pay, or, negative, that was given up and came after all."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    entity = joined("catalog.Entity", "Entity")
    channel_code = text("Channel")
    external_ref = text("The source's own key; unique per channel")
    amount_minor = minor("Given up; negative takes an earlier write-off back")
    currency = currency()
    why = text("The source's words", null=True)
    written_on = day("Business date in the entity's zone")
    batch_id = big("Batch", null=True)

    class Meta:
        db_table = "ledger_write_off"
        db_table_comment = "Receivables written off"
        constraints = [models.UniqueConstraint(fields=["channel_code", "external_ref"], name="write_off_once")]


class ImportRow(models.Model):
    """What became of a row of an imported file, in groups: every row is accounted for, to the cent."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    source = text("Key of the file: name and content hash")
    document = text("Document that the rows became part of, as in invoice 536365")
    became = text("order_line, charge, credit, credit_charge, stock_adjustment, bad_debt, or parked where the rows cannot be read")
    rows = big("File rows")
    exact_sum = models.DecimalField(max_digits=24, decimal_places=6, db_comment="Sum of the rows as the file says, unrounded")
    booked_minor = minor("Sum as it is to be booked: each row rounded once, minor units")
    currency = currency()
    order_id = big("Order", null=True)
    detail = data("Why, and keys of what was made", null=True)
    inbox_id = big("Message that holds the rows raw, and says what became of them", null=True)

    class Meta:
        db_table = "ledger_import_row"
        db_table_comment = "Import accounting: file rows to documents, so that the sums can be compared"
        constraints = [models.UniqueConstraint(fields=["source", "document", "became"], name="import_row_once")]
