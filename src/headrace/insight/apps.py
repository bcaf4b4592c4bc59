from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "headrace.insight"
    label = "insight"
