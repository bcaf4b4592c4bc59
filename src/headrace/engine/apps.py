from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EngineConfig(AppConfig):
    name = "headrace.engine"
    label = "engine"

    def ready(self) -> None:
        post_migrate.connect(_refresh_sql_files, sender=self)


def _refresh_sql_files(**_: object) -> None:
    """Functions and guards in the database follow the code at every migration."""
    from headrace.engine.migrating import refresh_sql_files

    refresh_sql_files()
