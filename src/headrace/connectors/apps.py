from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "headrace.connectors"
    label = "connectors"

    def ready(self) -> None:
        from headrace.connectors import registry  # noqa: F401 - connectors make themselves known
