from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "headrace.console"
    label = "console"
