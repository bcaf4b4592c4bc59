"""What people may tune about capture."""

from __future__ import annotations

from headrace.governance.policies import declare

declare(
    "capture",
    says="Until when an edit from the channel is applied by itself: until a node has the order (allocated), or only before goods are reserved (validated)",
    body={"edit_cut_off": "allocated"},
    check=lambda body: (
        []
        if body.get("edit_cut_off") in ("allocated", "validated", "captured")
        else [f"edit_cut_off: {body.get('edit_cut_off')!r} must be captured, validated or allocated"]
    ),
)
