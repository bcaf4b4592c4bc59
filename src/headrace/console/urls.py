"""Addresses of the console."""

from __future__ import annotations

from django.urls import include, path

from headrace.console import access, acting, desk, finance, fulfilment, orders, people, preferences, rules, stock, system, today

urlpatterns = [
    path("", today.show, name="today"),
    path("today/verify", today.verify_now, name="verify"),
    path("exceptions", desk.show, name="exceptions"),
    path("orders", orders.show, name="orders"),
    path("orders/<str:number>", orders.one, name="order"),
    path("orders/<str:number>/uncover", orders.uncover, name="uncover"),
    path("fulfilment", fulfilment.show, name="fulfilment"),
    path("fulfilment/f/<str:number>", fulfilment.one, name="bench"),
    path("fulfilment/f/<str:number>/scan", fulfilment.scan, name="scan"),
    path("fulfilment/f/<str:number>/pack", fulfilment.pack, name="pack"),
    path("fulfilment/f/<str:number>/ship", fulfilment.hand_over, name="hand_over"),
    path("fulfilment/f/<str:number>/slip.pdf", fulfilment.slip, name="slip"),
    path("fulfilment/f/<str:number>/label.<str:form>", fulfilment.label, name="label"),
    path("fulfilment/<str:node>", fulfilment.queue, name="queue"),
    path("fulfilment/<str:node>/wave", fulfilment.wave, name="wave"),
    path("stock", stock.show, name="stock"),
    path("stock/count/<str:node>", stock.count, name="count"),
    path("stock/<str:sku>", stock.one, name="item_stock"),
    path("stock/<str:sku>/moves", stock.moves, name="moves"),
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
    path("rules", rules.show, name="rules"),
    path("rules/<slug:name>", rules.one, name="rule"),
    path("rules/<slug:name>/draft", rules.draft, name="draft_rule"),
    path("rules/<slug:name>/<int:version>", rules.version_page, name="rule_version"),
    path("system", system.show, name="system"),
    path("system/inbox", system.inbox, name="inbox"),
    path("system/inbox/<int:number>", system.message, name="message"),
    path("system/outbox", system.outbox, name="outbox"),
    path("system/outbox/<int:number>", system.delivery, name="delivery"),
    path("system/partners", system.partners, name="partners"),
    path("system/audit", system.audit, name="audit"),
    path("system/audit/verify", system.verify_chain, name="verify_chain"),
    path("system/users", people.show_users, name="users"),
    path("system/users/make", people.make_user, name="make_user"),
    path("system/users/<str:username>", people.one_user, name="user"),
    path("system/users/<str:username>/password", people.reset_password, name="reset_password"),
    path("system/roles", people.show_roles, name="roles"),
    path("system/sessions", people.show_sessions, name="sessions"),
    path("system/keys", people.show_keys, name="keys"),
    path("system/keys/make", people.make_key, name="make_key"),
    path("system/keys/rotate", people.rotate_key, name="rotate_key"),
    path("system/keys/revoke", people.revoke_key, name="revoke_key"),
    path("approvals", system.approvals, name="approvals"),
    path("approvals/<int:number>", system.approval, name="approval"),
    path("do/<slug:name>", acting.do, name="do"),
    # Accounts are made, and passwords given anew, by an administrator.
    *[path(f"accounts/{closed}", access.closed) for closed in ("signup/", "email/", "confirm-email/", "password/reset/")],
    path("accounts/", include("allauth.urls")),
]
