"""What finance may tune about invoicing."""

from __future__ import annotations

from headrace.governance.policies import declare

declare(
    "invoicing",
    says="How far the channel's tax may differ from ours before an invoice is held: minor units, and share of the tax",
    body={"tax_variance_minor_max": 5, "tax_variance_share_max": 0.02},
)
