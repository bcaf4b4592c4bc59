from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "headrace.ledger"
    label = "ledger"
