from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "headrace.purchasing"
    label = "purchasing"
