"""The first 管理员 of a new installation; everybody else is added by that person, in the browser."""

import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesdept import clock
from salesdept.models import User
from salesdept.rules import Role
from salesdept.services.people import create_user


class Command(BaseCommand):
    help = "Create the first administrator. The password is asked, or read from ADMIN_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(role=Role.ADMIN, is_active=True).exists():
            raise CommandError("已有管理员，请由其在网页上添加账号 (there is an administrator already)")
        password = os.environ.get("ADMIN_PASSWORD") or getpass.getpass("密码 Password: ")
        person = User(username=options["username"], name=options["name"])
        try:
            validate_password(password, person)
            user = create_user(
                actor=None,
                username=person.username,
                name=person.name,
                role=Role.ADMIN,
                now=clock.now(),
                password=password,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"管理员 {user.username} {user.name} 已建立 (created)")
