"""What finance may tune about payouts."""

from __future__ import annotations

from headrace.governance.policies import declare

declare(
    "payouts",
    says="The most that one person may decide alone about payout lines (differences, write-offs, chargebacks that are recorded from a line; both directions added up, in minor units "
    "of the payout's currency): of one payout, in one deed or in many; and within 24 hours, of all payouts of a currency. Above either the deed waits for a second person",
    body={"difference_alone_minor_max": 5_000, "write_off_day_minor_max": 20_000},
)
