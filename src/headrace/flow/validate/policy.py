"""What people may tune about validate: what each check does when it fails, and within which limits."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from headrace.governance.policies import declare
from headrace.values.currency import is_currency

SEVERITIES = ("block", "warn", "fix", "fix_or_warn", "off")
FIXING = ("fix", "fix_or_warn")
FIXABLE = ("address.country", "address.region", "address.postcode", "contact.phone", "contact.email")

DEFAULT_POLICY: dict[str, Any] = tomllib.loads(resources.files("headrace.flow.validate").joinpath("policy.toml").read_text("utf-8"))

# Differences that are let through, kept and shown. Per cent of the expected amount, or minor units of the order's currency; the wider one counts.
DEFAULT_TOLERANCES: dict[str, Any] = {
    "price": {"percent_below": "2", "percent_above": "2", "minor": 1},
    "tax": {"percent": "1", "minor_per_line": 1},
    "total": {"minor": 0},
}


def severity_of(check: str, policy: Mapping[str, Any], channel: str, kind: str) -> str:
    """What a check does for a channel: by its code, else by its kind, else for all."""
    channels = policy.get("channels", {})
    for name in (channel, f"kind:{kind}"):
        own = channels.get(name, {}).get("severity", {})
        if check in own:
            return str(own[check])
    return str(policy["severity"].get(check, DEFAULT_POLICY["severity"][check]))


def faults_in(body: Any) -> list[str]:
    """What is wrong with a validation policy, in words; nothing when it can be put in force."""
    if not isinstance(body, dict):
        return [f"body: {body!r} must be a table"]
    faults = [f"{key}: no such setting; known are {', '.join(DEFAULT_POLICY)}" for key in body if key not in DEFAULT_POLICY]
    faults += [f"{key}: missing" for key in DEFAULT_POLICY if key not in body]
    faults += _severity_faults("severity", body.get("severity", {}))
    for channel, own in body.get("channels", {}).items():
        faults += [f"channels.{channel}.{key}: no such setting; known are severity, segments" for key in own if key not in ("severity", "segments")]
        faults += _severity_faults(f"channels.{channel}.severity", own.get("severity", {}))
    faults += [
        f"limits.{key}: {value!r} must be a whole number of 1 or more"
        for key, value in body.get("limits", {}).items()
        if isinstance(value, bool) or not isinstance(value, int) or value < 1
    ]
    faults += [f"limits.{key}: missing" for key in DEFAULT_POLICY["limits"] if key not in body.get("limits", {})]
    return faults + [
        f"high_value_minor.{currency}: {value!r} must be minor units of an ISO currency"
        for currency, value in body.get("high_value_minor", {}).items()
        if not is_currency(currency) or isinstance(value, bool) or not isinstance(value, int)
    ]


def _severity_faults(where: str, table: Mapping[str, Any]) -> list[str]:
    known = DEFAULT_POLICY["severity"]
    faults = [f"{where}.{check}: no such check; known are {', '.join(known)}" for check in table if check not in known]
    faults += [f"{where}.{check}: {word!r} must be one of {', '.join(SEVERITIES)}" for check, word in table.items() if word not in SEVERITIES]
    unfixable = [check for check, word in table.items() if word in FIXING and check not in FIXABLE]
    return faults + [f"{where}.{check}: there is no certain repair for it; use block, warn or off" for check in unfixable]


declare("validation", body=DEFAULT_POLICY, says="What each check of an order does when it fails, and within which limits", check=faults_in)
declare("tolerances", body=DEFAULT_TOLERANCES, says="Differences in price, tax and total that are let through, kept and shown")
