"""Every connector, one line each."""

from __future__ import annotations

from headrace.connectors.channels.headrace_json import translate as headrace_json
from headrace.connectors.channels.shopify import translate as shopify
from headrace.connectors.warehouses.headrace_wms import client as headrace_wms
from headrace.engine.outbox import register_finder
from headrace.flow.capture.port import register_translator

register_translator("shopify", shopify.translate)
for kind in ("api", "portal", "store", "file"):
    register_translator(kind, headrace_json.translate)

register_finder(headrace_wms.find)
