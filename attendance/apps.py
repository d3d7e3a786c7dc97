from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = "考勤与奖惩"

    def ready(self) -> None:
        from attendance import wiring

        wiring.fill()
