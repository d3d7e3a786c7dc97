from django.apps import AppConfig


class RegulationsConfig(AppConfig):
    name = "regulations"
    verbose_name = "制度"

    def ready(self) -> None:
        from regulations import wiring

        wiring.fill()
