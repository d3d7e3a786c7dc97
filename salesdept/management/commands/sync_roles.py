"""Give each role's group exactly the permissions its slot grants."""

from typing import Any

from django.core.management.base import BaseCommand

from salesdept.rules import GROUPS
from salesdept.services.people import sync_roles


class Command(BaseCommand):
    help = "Make the groups of the roles hold exactly what the apps grant (also done after every migrate)."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_roles()
        self.stdout.write(f"已同步 {len(GROUPS)} 个角色的权限")
