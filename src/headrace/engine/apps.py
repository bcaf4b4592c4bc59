from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "headrace.engine"
    label = "engine"
