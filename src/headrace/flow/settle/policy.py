"""What finance may tune about payouts."""

from __future__ import annotations

from headrace.governance.policies import declare

declare(
    "payouts",
    says="The most that one person may write off alone when explaining payout lines in one deed: sum of the differences in minor units of their currency",
    body={"difference_alone_minor_max": 5_000},
)
