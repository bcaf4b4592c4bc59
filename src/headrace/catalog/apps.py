from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "headrace.catalog"
    label = "catalog"
