"""Channels that come as files: each channel's settings may name the format that its messages have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.flow.capture.port import CanonicalOrder, Translator


def by_format(translators: Mapping[str, Translator], usual: Translator) -> Translator:
    """A translator that goes by the channel's setting `format`; a channel without one has the usual."""

    def translate(body: str, headers: dict[str, Any], channel: dict[str, Any]) -> CanonicalOrder:
        return translators.get(channel["settings"].get("format", ""), usual)(body, headers, channel)

    return translate
