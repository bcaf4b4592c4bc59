from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "headrace.demo"
    label = "demo"
