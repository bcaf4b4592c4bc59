from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "headrace.stock"
    label = "stock"
