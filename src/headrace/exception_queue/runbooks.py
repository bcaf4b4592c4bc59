"""Runbook pages, made from the declared reasons."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, reasons


def page(reason: Reason) -> str:
    """One reason as Markdown."""
    look = f"every {reason.retry_every}, at most {reason.retries_max} times" if reason.retry_every else "not by itself"
    return f"""## {reason.code}: {reason.says}

- **Severity** {reason.severity.replace("_", " ")}; **team** {reason.owner.replace("_", " ")}; **due** within {reason.due_in}
- **Looks again** {look}{"; at once when " + ", ".join(reason.clears_when) if reason.clears_when else ""}
- **Offers** {", ".join(reason.offers)}

{reason.sop}
"""


def render() -> dict[str, str]:
    """Markdown by stage: file name to text."""
    by_stage: dict[str, list[Reason]] = {}
    for reason in reasons().values():
        by_stage.setdefault(reason.stage, []).append(reason)
    return {f"{stage}.md": f"# {stage.capitalize()}: what can stop, and what to do\n\n" + "\n".join(map(page, found)) for stage, found in by_stage.items()}
