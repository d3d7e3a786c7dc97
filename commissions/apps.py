from django.apps import AppConfig


class CommissionsConfig(AppConfig):
    name = "commissions"
    verbose_name = "佣金与基金"

    def ready(self) -> None:
        from commissions import wiring

        wiring.fill()
