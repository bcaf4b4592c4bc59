from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

STAGES = ("importing", "capture", "validate", "allocate", "release", "ship", "invoice", "settle", "close")


class FlowConfig(AppConfig):
    """Every stage declares itself by being imported: stage, reasons, policy, actions."""

    name = "headrace.flow"
    label = "flow"

    def ready(self) -> None:
        for stage in STAGES:
            for module in (
                "reasons",
                "policy",
                "stage",
                "replies",
                "tracking",
                "payouts",
                "actions",
                "scanning",
                "waving",
                "handing_over",
                "cancelling",
                "by_hand",
                "matching",
            ):
                name = f"headrace.flow.{stage}.{module}"
                if find_spec(name):
                    import_module(name)
