from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExceptionQueueConfig(AppConfig):
    name = "headrace.exception_queue"
    label = "exception_queue"

    def ready(self) -> None:
        from headrace.exception_queue import attaching, bulk, merging, parking, resolving, talking  # noqa: F401 - filling sockets and declaring actions

        post_migrate.connect(_sync_reasons, sender=self)


def _sync_reasons(**_: object) -> None:
    """The database's copy of the reasons follows the code at every migration."""
    from headrace.exception_queue.reasons import sync

    sync()
