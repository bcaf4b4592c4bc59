"""Why this node: routing's decisions in words, the best candidate first, with what removed each of the others."""

from __future__ import annotations

from typing import Any

REMOVED_SAYS = {
    "active": "is closed for good",
    "kind": "is of a kind that routing does not use",
    "excluded": "is excluded by routing",
    "entity": "belongs to another legal entity",
    "reach": "does not serve the destination",
    "hazmat": "does not handle hazardous goods",
    "promise": "would be later than promised",
    "open_today": "is not open today",
    "cut_off": "is past its cut-off",
    "capacity": "is full today",
    "refused_before": "has refused this order before",
    "pinned_elsewhere": "is not the node that was asked for",
    "stock": "does not have all of it",
    "margin": "would leave too little margin",
}


def candidates(decision: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a decision (as `figures.allocation` gives it): node, is_chosen, verdict, terms (one for each of the policy's sorts)."""
    detail, sorts = decision["detail"], decision["sorts"]
    chosen = {c["node"] for c in decision["chosen"]}
    return [
        {"node": node, "is_chosen": node in chosen, "verdict": _verdict(node, chosen, detail["removed"]), "terms": _terms(detail["scores"].get(node), sorts)}
        for node in _best_first(detail)
    ]


def _best_first(detail: dict[str, Any]) -> list[str]:
    """Candidates by their terms, then the removed ones."""
    standing = sorted(detail["scores"], key=lambda node: detail["scores"][node])
    return standing + [node for node in detail["removed"] if node not in detail["scores"]]


def _verdict(node: str, chosen: set[str], removed: dict[str, str]) -> str:
    if node in chosen:
        return "chosen"
    return REMOVED_SAYS.get(removed[node], f"removed by {removed[node]}") if node in removed else "could serve it too"


def _terms(terms: list[Any] | None, sorts: list[str]) -> list[Any]:
    return [*(terms or []), *[""] * (len(sorts) - len(terms or []))]
