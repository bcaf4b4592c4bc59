"""Shopify's ids, exactly: from the gid, because the number beside it may have been rounded past 2^53."""

from __future__ import annotations

from typing import Any

from headrace.flow.capture.port import Unreadable

DIGITS_MAX = 20  # an unsigned 64-bit number


def exact_id(data: dict[str, Any], path: str) -> str:
    """The id as digits: from the gid where there is one."""
    gid = data.get("admin_graphql_api_id")
    if isinstance(gid, str) and _is_id(gid.rpartition("/")[2]):
        return gid.rpartition("/")[2]
    value = data.get("id")
    if isinstance(value, bool) or not isinstance(value, int | str) or not _is_id(str(value)):
        raise Unreadable(f"{path}id", value, "Shopify's orders and lines have a number or a gid")
    return str(value)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
