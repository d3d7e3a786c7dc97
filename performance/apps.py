from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"
    verbose_name = "目标与看板"

    def ready(self) -> None:
        from performance import wiring

        wiring.fill()
