from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "headrace.orders"
    label = "orders"
