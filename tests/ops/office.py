"""Make a small office in the database that the environment names, and print who may knock at which door.

DJANGO_SETTINGS_MODULE=tests.ops.office_settings python -m tests.ops.office
"""

import json
import sys
from datetime import datetime, timedelta
from typing import Any

import django

REPS = 20


def cookie(user: Any) -> str:
    """A session as the login makes it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "salesdept.auth.ActivePeriodBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def rooms(project: Any, now: datetime) -> list[int]:
    """One room for each rep, priced and released."""
    from inventory import services
    from inventory.models import PriceList, Unit
    from salesdept.rules import Role
    from tests import factories
    from tests.world import UNIT_ROW

    maker = factories.user(Role.ASSISTANT, project=project, username="assistant", name="吴静怡")
    manager = factories.user(Role.MANAGER, project=project, username="manager", name="郑怀信")
    rows = [{**UNIT_ROW, "building": "2", "room_no": str(101 + n), "floor": 1} for n in range(REPS)]
    services.create_units(actor=maker, project=project, rows=rows, batch_id=None, now=now)
    services.approve_prices(actor=manager, price_list_id=PriceList.objects.get().pk, now=now)
    ids = list(Unit.objects.order_by("pk").values_list("pk", flat=True))
    services.release_batch(actor=manager, unit_ids=ids, now=now)
    return ids


def office() -> list[dict[str, Any]]:
    """Each rep's session, own customer and room."""
    from django.db import transaction

    from salesdept import clock
    from salesdept.rules import Role
    from tests import factories
    from tests.factories.customers import customer

    now = clock.now()
    with transaction.atomic():
        project = factories.ProjectFactory()
        units = rooms(project, now - timedelta(days=2))
        doors = []
        for n, unit in enumerate(units):
            rep = factories.user(Role.REP, project=project, username=f"rep{n}", name=f"代表{n}")
            guest = customer(owner=rep, now=now)
            doors.append({"session": cookie(rep), "customer": guest.pk, "unit": unit})
    return doors


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    json.dump(office(), sys.stdout)
