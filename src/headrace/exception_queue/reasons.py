"""Reasons: why a document cannot go straight through, declared once.

From one declaration come the row that SQL joins to, the queue, the clock, the look-again, the runbook page and the API's enum.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils.translation import gettext, gettext_noop

from headrace.engine.queries import load_queries
from headrace.engine.written import grouped, lasting
from headrace.values.currency import CurrencyError
from headrace.values.money import decimal_from

sql = load_queries(__package__)

_VALUE = re.compile(r"\{(\w+)(:money)?\}")
_CODE = re.compile(r"^[A-Z]+-\d{2}$")
SOP_STEPS_MIN = 2
# What a stage may say it expected, in the forms that are said in the reader's language; anything else is a value and stays as it is.
EXPECTED = (
    gettext_noop("a region of {place}, as in {example}"), gettext_noop("a postcode of {place}"), gettext_noop("a country code, as in {example}"),
    gettext_noop("with its country code, as in {example}"), gettext_noop("as in {example}"), gettext_noop("needed in {place}"),
)  # fmt: skip
# What people call the fields that a sentence may name
FIELDS = {
    "line1": gettext_noop("street and number"), "city": gettext_noop("town"), "region": gettext_noop("state or province"), "postcode": gettext_noop("postcode"),
}  # fmt: skip

# What people call the messages that partners are sent.
MESSAGES = {
    "fulfilment.request": gettext_noop("the request to ship"), "fulfilment.recall": gettext_noop("the recall"), "fulfilment.shipped": gettext_noop("the notice of shipment"),
    "payment.capture": gettext_noop("the capture of money"),
}  # fmt: skip
_SPAN = re.compile(r"(?:(\d+) days? ?)?(?:(\d+):(\d\d):(\d\d)(?:\.\d+)?)?")


class Severity(StrEnum):
    BLOCKS_MESSAGE = "blocks_message"
    BLOCKS_ORDER = "blocks_order"
    BLOCKS_LINE = "blocks_line"
    BLOCKS_DOCUMENT = "blocks_document"
    WARNS = "warns"


class Team(StrEnum):
    OPERATIONS = "operations"
    INVENTORY = "inventory"
    WAREHOUSE = "warehouse"
    CUSTOMER_SERVICE = "customer_service"
    FINANCE = "finance"
    FRAUD = "fraud"
    MERCHANDISING = "merchandising"
    INTEGRATION = "integration"


@dataclass(frozen=True, slots=True)
class Reason:
    """A declared reason. `called` is its name in lists, `says` the sentence of one case with values in braces; `sop` is the procedure, one numbered step a line.

    A value written `{value:money}` is an amount in minor units of the case's currency.

    `clears_when` names events that make it look again at once; `retry_every` makes it look by itself, at most `retries_max` times.
    `offers` names the actions that resolve it, the likeliest first.
    """

    code: str
    says: str
    severity: Severity
    owner: Team
    due_in: timedelta
    sop: str
    offers: tuple[str, ...] = ("retry",)
    clears_when: tuple[str, ...] = ()
    retry_every: timedelta | None = None
    retries_max: int = 0
    called: str = ""

    def __post_init__(self) -> None:
        if not _CODE.match(self.code):
            raise ValueError(f"reason code {self.code!r}: write STAGE-NN")
        if len(re.findall(r"(?m)^\s*\d+\. ", self.sop)) < SOP_STEPS_MIN:
            raise ValueError(f"reason {self.code}: the procedure needs at least {SOP_STEPS_MIN} numbered steps")
        known = _reasons.get(self.code)
        if known is not None and known != self:
            raise ValueError(f"reason {self.code} is declared twice")
        _reasons[self.code] = self

    @property
    def stage(self) -> str:
        return self.code.rsplit("-", 1)[0].lower()

    @property
    def blocks(self) -> bool:
        return self.severity is not Severity.WARNS

    def sentence(self, detail: dict[str, object]) -> str:
        """The sentence with its values, in the language of whoever asks; a value that is missing shows as its name."""
        return _VALUE.sub(lambda m: _amount(detail, m) if m[2] else word_of(m[1], detail.get(m[1], m[0])), gettext(self.says))

    @property
    def name(self) -> str:
        """What it is called in lists, in the language of whoever asks; without a name of its own its sentence without values."""
        return gettext(self.called) if self.called else _VALUE.sub("…", gettext(self.says))


def _amount(detail: dict[str, object], found: re.Match[str]) -> str:
    """An amount as money; as it stands where its case does not say a currency that we know, or it is no number."""
    minor, currency = detail.get(found[1], found[0]), detail.get("currency")
    if not isinstance(minor, int) or isinstance(minor, bool) or not currency:
        return str(minor)
    try:
        return f"{grouped(decimal_from(minor, str(currency)))} {currency}"
    except CurrencyError:  # a currency that is no more: the case is told all the same
        return str(minor)


def word_of(name: str, value: object) -> str:
    """A value of a failure, by its name, in the language of whoever asks."""
    if name == "field":
        return gettext(FIELDS[str(value)]) if value in FIELDS else str(value)
    if name == "kind":
        return gettext(MESSAGES[str(value)]) if value in MESSAGES else str(value)
    if name == "record":
        return str(value).replace("order:", "SO-").replace(":", " ")
    return expected(str(value)) if name == "expected" else str(value)


def expected(text: str) -> str:
    """What was expected, in the language of whoever asks."""
    for form, pattern in _EXPECTED:
        found = pattern.fullmatch(text)
        if found:
            return gettext(form).format(**found.groupdict())
    span = _SPAN.fullmatch(text)
    if text and span:  # as PostgreSQL writes an interval
        days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
        return lasting(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
    return text


_EXPECTED = [(form, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(form)))) for form in EXPECTED]


_reasons: dict[str, Reason] = {}


def reasons() -> dict[str, Reason]:
    return dict(sorted(_reasons.items()))


def reason(code: str) -> Reason:
    try:
        return _reasons[code]
    except KeyError:
        raise LookupError(f"no reason {code!r} is declared") from None


def name_of(code: str) -> str:
    """The name of the reason with this code; the code itself where it is declared no more."""
    return _reasons[code].name if code in _reasons else code


def sync() -> None:
    """Bring the database's copy up to the declarations; reasons no longer declared stay, marked so."""
    declared = list(reasons().values())
    sql.sync_reasons(
        codes=[r.code for r in declared],
        stages=[r.stage for r in declared],
        says=[r.says for r in declared],
        severities=[str(r.severity) for r in declared],
        owners=[str(r.owner) for r in declared],
        due=[int(r.due_in.total_seconds()) for r in declared],
        retries_every=[int(r.retry_every.total_seconds()) if r.retry_every else None for r in declared],
        retries_max=[r.retries_max for r in declared],
        offers=[json.dumps(r.offers) for r in declared],
        clears=[json.dumps(r.clears_when) for r in declared],
        sops=[r.sop for r in declared],
    )
