"""Checks: each has a word that policy knows, a reason that people see, and the fix that is told with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext

from headrace.exception_queue.reasons import Reason, Severity, Team, word_of
from headrace.flow.validate.policy import DEFAULT_POLICY

# Words of policy that open a case and let the order go on.
LETS_GO_ON = ("warn", "fix_or_warn", "off")


@dataclass(frozen=True, slots=True)
class Check:
    """A declared check. `fix` is the sentence that tells the remedy; {value} and {expected} are the failure's own."""

    word: str
    reason: Reason
    fix: str

    def remedy(self, values: Mapping[str, object]) -> str:
        """The sentence with the failure's values, in the language of whoever asks."""
        told = {k: word_of(k, v) for k, v in values.items() if v is not None}
        return gettext(self.fix).format_map({"value": "", "expected": "", **told})


_checks: dict[str, Check] = {}


def declare(
    word: str,
    code: str,
    *,
    called: str,
    says: str,
    fix: str,
    owner: Team,
    due_in: timedelta,
    offers: tuple[str, ...],
    sop: str,
    of_line: bool = False,
    clears_when: tuple[str, ...] = (),
    retry_every: timedelta | None = None,
    retries_max: int = 0,
) -> Check:
    """Declare a check and its reason. The reason's severity is that of the installed policy; policy in force may change it per case."""
    installed = DEFAULT_POLICY["severity"][word]
    blocks = Severity.BLOCKS_LINE if of_line else Severity.BLOCKS_ORDER
    reason = Reason(
        code=f"VALIDATE-{code}",
        called=called,
        says=says,
        severity=Severity.WARNS if installed in LETS_GO_ON else blocks,
        owner=owner,
        due_in=due_in,
        sop=sop,
        offers=offers if "retry" in offers else (*offers, "retry"),
        clears_when=clears_when,
        retry_every=retry_every,
        retries_max=retries_max,
    )
    _checks[word] = Check(word, reason, fix)
    return _checks[word]


def checks() -> dict[str, Check]:
    """All checks by word."""
    return dict(_checks)


def severity_for(check: Check, word: str) -> Severity:
    """The case's severity by the word in policy: block and fix hold the order, warn and fix_or_warn let it go on."""
    if word in LETS_GO_ON:
        return Severity.WARNS
    return check.reason.severity if check.reason.blocks else Severity.BLOCKS_ORDER
