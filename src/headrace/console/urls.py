"""Addresses of the console."""

from __future__ import annotations

from django.urls import include, path

from headrace.console import access, acting, catalog, desk, finance, imports, orders, preferences, stock, today

urlpatterns = [
    path("", today.show, name="today"),
    path("today/verify", today.verify_now, name="verify"),
    path("exceptions", desk.show, name="exceptions"),
    path("orders", orders.show, name="orders"),
    path("orders/<str:number>", orders.one, name="order"),
    path("orders/<str:number>/uncover", orders.uncover, name="uncover"),
    path("stock", stock.show, name="stock"),
    path("stock/count/<str:node>", stock.count, name="count"),
    path("stock/<str:sku>", stock.one, name="item_stock"),
    path("stock/<str:sku>/moves", stock.moves, name="moves"),
    *[
        path(f"catalog/{address}", view)
        for address, view in (
            ("items", catalog.items),
            ("new-item", catalog.new_item),
            ("items/<path:sku>", catalog.item),
            ("kits", catalog.kits),
            ("listings", catalog.listings),
            ("unmapped", catalog.unmapped),
            ("unmapped/<str:channel>", catalog.unmapped_sku),
            ("prices", catalog.prices),
            ("nodes", catalog.nodes),
            ("new-node", catalog.new_node),
            ("nodes/<str:code>", catalog.node),
            ("parties", catalog.parties),
            ("parties/<int:number>", catalog.party),
            ("import", imports.show),
            ("import/file", imports.bring),
            ("import/<int:number>", imports.look),
            ("export/<slug:table>.csv", imports.export),
        )
    ],
    path("finance", finance.show, name="finance"),
    *[
        path(f"finance/{address}", view)
        for address, view in (
            ("invoices", finance.invoices),
            ("invoices/<str:number>", finance.invoice),
            ("payments", finance.payments),
            ("payouts", finance.payouts),
            ("payouts/<int:number>", finance.payout),
            ("unmatched", finance.unmatched),
            ("journal", finance.journal),
            ("entries/<int:number>", finance.entry),
            ("trial-balance", finance.trial_balance),
            ("accounts/<str:code>", finance.account),
            ("tax", finance.tax),
            ("periods", finance.periods),
        )
    ],
    path("me", preferences.show, name="me"),
    path("exceptions/bulk", desk.start, name="start_bulk"),
    path("exceptions/bulk/<int:number>", desk.many, name="bulk"),
    path("exceptions/bulk/<int:number>/again", desk.again, name="bulk_again"),
    path("do/<slug:name>", acting.do, name="do"),
    # Accounts are made, and passwords given anew, by an administrator.
    *[path(f"accounts/{closed}", access.closed) for closed in ("signup/", "email/", "confirm-email/", "password/reset/")],
    path("accounts/", include("allauth.urls")),
]
