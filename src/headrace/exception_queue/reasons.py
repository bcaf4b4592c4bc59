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

sql = load_queries(__package__)

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
    """A declared reason. `says` names values in braces; `sop` is the procedure, one numbered step a line.

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
        return re.sub(r"\{(\w+)\}", lambda m: word_of(m[1], detail.get(m[1], m[0])), gettext(self.says))


def word_of(name: str, value: object) -> str:
    """A value of a failure, by its name, in the language of whoever asks."""
    if name == "field":
        return gettext(FIELDS[str(value)]) if value in FIELDS else str(value)
    return expected(str(value)) if name == "expected" else str(value)


def expected(text: str) -> str:
    """What was expected, in the language of whoever asks."""
    for form, pattern in _EXPECTED:
        found = pattern.fullmatch(text)
        if found:
            return gettext(form).format(**found.groupdict())
    return text


_EXPECTED = [(form, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(form)))) for form in EXPECTED]


def plain(says: str) -> str:
    """A reason's sentence without the values of any one case: `Nobody knows what … is`."""
    return re.sub(r"\{\w+\}", "…", gettext(says))


_reasons: dict[str, Reason] = {}


def reasons() -> dict[str, Reason]:
    return dict(sorted(_reasons.items()))


def reason(code: str) -> Reason:
    try:
        return _reasons[code]
    except KeyError:
        raise LookupError(f"no reason {code!r} is declared") from None


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
