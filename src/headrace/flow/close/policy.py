"""What finance may tune about closing the books."""

from __future__ import annotations

from headrace.governance.policies import declare

declare(
    "closing",
    says="The largest manual or reversing entry that one person may post alone: sum of its debits in minor units of its currency; and whether one person may reopen a period",
    body={"entry_alone_minor_max": 100_000, "reopening_alone": True},
)
