from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovernanceConfig(AppConfig):
    name = "headrace.governance"
    label = "governance"

    def ready(self) -> None:
        from headrace.governance import access, approvals, audit, checking, company, policies, scopes, secrets, sessions, sign_in, uncovering, users  # noqa: F401 - filling sockets and declaring actions

        post_migrate.connect(_seed, sender=self)


def _seed(**_: object) -> None:
    """Roles and first policy versions follow the code at every migration."""
    from headrace.governance import access, policies, scopes

    access.seed()
    policies.seed()
    scopes.close_tables()
