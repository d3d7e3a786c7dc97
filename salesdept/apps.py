from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


def after_migrate(sender: AppConfig, **kwargs: Any) -> None:
    """Once, after the last app: group permissions exist by then, and so do all tables."""
    if sender is not [app for app in apps.get_app_configs() if app.models_module][-1]:
        return
    from salesdept import triggers
    from salesdept.services.people import sync_roles

    triggers.install()
    sync_roles()


class SalesdeptConfig(AppConfig):
    name = "salesdept"
    verbose_name = "案场"

    def ready(self) -> None:
        from salesdept import checks, wiring  # noqa: F401

        wiring.fill()
        post_migrate.connect(after_migrate, dispatch_uid="salesdept.after_migrate")
