"""Runbook pages, made from the declared reasons: one page per reason, and an index."""

from __future__ import annotations

from datetime import timedelta
from textwrap import dedent

from headrace.exception_queue.reasons import Reason, reasons

INDEX = "README.md"
_SEVERITY_SAYS = {
    "blocks_message": "the message waits",
    "blocks_order": "the order waits",
    "blocks_line": "the line waits, and its order with it",
    "blocks_document": "the document waits",
    "warns": "nothing waits; somebody looks",
}


def page(reason: Reason) -> str:
    """One reason as Markdown."""
    return f"""# {reason.code}: {reason.name}

> {reason.says}

| | |
| --- | --- |
| Stage | {reason.stage} |
| Severity | {reason.severity.replace("_", " ")}: {_SEVERITY_SAYS[reason.severity]} |
| Team | {reason.owner.replace("_", " ")} |
| Due | within {lasting(reason.due_in)} |
| Looks again | {_looks(reason)} |
| May be done | {", ".join(word.replace("_", " ") for word in reason.offers) or "nothing but closing it"} |

## Procedure

{dedent(reason.sop).strip()}

## On the command line

```
headrace exceptions list --reason {reason.code}
headrace exceptions show CASE
```
"""


def _looks(reason: Reason) -> str:
    told = f"every {lasting(reason.retry_every)}, at most {reason.retries_max} times, each wait twice as long" if reason.retry_every else "not by itself"
    return f"{told}; at once when {' or '.join(f'`{event}`' for event in reason.clears_when)}" if reason.clears_when else told


def lasting(span: timedelta) -> str:
    """A span as people say it: `4 hours`, `3 days`, `90 minutes`."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            return f"{minutes // size} {unit}{'' if minutes == size else 's'}"
    raise AssertionError("every number of minutes is a number of minutes")


def index(known: dict[str, Reason]) -> str:
    """All reasons by stage."""
    by_stage: dict[str, list[Reason]] = {}
    for reason in known.values():
        by_stage.setdefault(reason.stage, []).append(reason)
    parts = [
        "# Runbooks\n\nOne page per reason why something stops: whose it is, by when, and what to do. Made from the code by `make papers`; change the reason, not the page.\n"
    ]
    for stage, found in by_stage.items():
        rows = [f"| [{r.code}]({r.code}.md) | {r.name} | {r.owner.replace('_', ' ')} | {lasting(r.due_in)} |" for r in found]
        parts.append("\n".join([f"## {stage.capitalize()}\n", "| reason | what | team | due within |", "| --- | --- | --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def render() -> dict[str, str]:
    """File name to Markdown: a page per declared reason, and the index."""
    known = reasons()
    return {INDEX: index(known), **{f"{code}.md": page(reason) for code, reason in known.items()}}
