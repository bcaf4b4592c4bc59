from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

ROOMS = ("receive", "transfer", "count", "assortment")


class SupplyConfig(AppConfig):
    """Goods and knowledge that come into the house: every folder declares itself by being imported."""

    name = "headrace.supply"
    label = "supply"

    def ready(self) -> None:
        for room in ROOMS:
            for module in ("reasons", "policy", "stage", "actions", "documents", "doors"):
                name = f"headrace.supply.{room}.{module}"
                if find_spec(f"headrace.supply.{room}") and find_spec(name):
                    import_module(name)
