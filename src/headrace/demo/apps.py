from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "headrace.demo"
    label = "demo"

    def ready(self) -> None:
        from headrace.demo import partners  # noqa: F401 - pretend partners make themselves known
