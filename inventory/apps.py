from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = "房源与销控"

    def ready(self) -> None:
        from inventory import wiring

        wiring.fill()
