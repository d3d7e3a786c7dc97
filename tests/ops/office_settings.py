"""The office of one machine as `./run` serves it, its tables made from the models without their history."""

from salesdept.settings.dev import *  # noqa: F403 - a settings module


class _FromModels:
    """No app has migrations: `migrate` makes every table as the models say."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = _FromModels()
