"""Fill an empty database with the demo office. Deterministic for a seed and a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesdept import clock
from salesdept.errors import RuleError
from salesdept.services.demo import plant

SCALES = {"small": (60, 120), "office": (600, 1500), "group": (20_000, 60_000)}


class Command(BaseCommand):
    help = "Load the demo office (refused when there is a project already)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=SCALES, default="office")
        parser.add_argument("--customers", type=int)
        parser.add_argument("--visits", type=int)
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        customers, visits = SCALES[options["scale"]]
        try:
            office = plant(
                scale=options["scale"],
                customers=options["customers"] or customers,
                visits=options["visits"] or visits,
                seed=options["seed"],
                now=clock.now(),
            )
        except RuleError as error:
            raise CommandError(f"{error.message} (the database is not empty)") from error
        self.stdout.write(
            f"{office.project.name}: {office.customers} customers, {len(office.people)} accounts"
        )
