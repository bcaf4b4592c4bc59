"""Why a document of a register stops."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import hours

UNREADABLE = Reason(
    code="IMPORT-01",
    called="Register row unreadable",
    says="{document} of the register cannot be booked: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(24),
    offers=("retry", "close"),
    sop="""1. Open the raw message: it holds the document's rows as the file has them.
2. Correct the row in the file and import the file again: the corrected document is a new message and is booked.
3. Close this case with a note; the old rows stay as they were.""",
)
BOOKED_BEFORE = Reason(
    code="IMPORT-02",
    called="Booked before with other content",
    says="{document} was booked before with other content: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.FINANCE,
    due_in=hours(24),
    offers=("retry", "close"),
    sop="""1. Compare the rows of this message with what was booked under the same number.
2. What is booked is never changed: if the new rows are right, book the difference as a correction under a number of its own.
3. Close this case with a note that names the correction.""",
)
SHOP_MISSING = Reason(
    code="IMPORT-03",
    called="Register row cannot be booked",
    says="{document} cannot be booked: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.OPERATIONS,
    due_in=hours(24),
    offers=("retry", "close"),
    sop="""1. Import the file with `headrace import orders`: that makes the channel, the storeroom and the items where they are missing.
2. If somebody has renamed or removed one of them, put it back.
3. Press Retry: the raw rows are read again.""",
)
