"""Every connector, one line each."""

from __future__ import annotations

from headrace.connectors.channels.files import by_format
from headrace.connectors.channels.headrace_json import translate as headrace_json
from headrace.connectors.channels.online_retail import register as online_retail
from headrace.connectors.channels.online_retail import translate as online_retail_sales
from headrace.connectors.channels.online_retail import warehouse as online_retail_warehouse
from headrace.connectors.channels.shopify import translate as shopify
from headrace.connectors.warehouses.headrace_wms import client as headrace_wms
from headrace.engine.outbox import register_adapter, register_finder
from headrace.flow.capture.port import register_translator
from headrace.flow.importing.port import register_format

register_translator("shopify", shopify.translate)
for kind in ("api", "portal", "store"):
    register_translator(kind, headrace_json.translate)
register_translator("file", by_format({"online-retail": online_retail_sales.translate}, headrace_json.translate))

register_format(online_retail.FORMAT)
register_adapter(online_retail.SHOP.warehouse, online_retail_warehouse.confirm)
register_finder(headrace_wms.find)
