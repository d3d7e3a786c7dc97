"""销控图 of 450 rooms: the page, the poll that finds nothing new, and what travels."""

import gzip
from collections.abc import Iterator
from typing import Any

from bench import kit
from bench.kit import Line

ROOMS = 450


def run(quick: bool = False) -> Iterator[Line]:
    from django.test import Client

    from bench.office import stand

    office = stand(4, ROOMS)
    _sell(office)
    client, times = Client(), 20 if quick else 200
    client.force_login(office.people[0][0])
    url = f"/inventory/buildings/{office.rooms[0].building_id}/cells/"
    page, cells = client.get("/inventory/"), client.get(url)
    yield Line("board", "page of 450 rooms, p95", kit.p95(lambda: client.get("/inventory/"), times), "ms")
    yield Line("board", "cells of 450 rooms, p95", kit.p95(lambda: client.get(url), times), "ms")
    yield Line("board", "nothing changed (304), p95", _unchanged(client, url, times), "ms")
    yield Line("board", "page, compressed", len(gzip.compress(page.content, 6)) / 1024, "KiB")
    yield Line("board", "cells, compressed", len(gzip.compress(cells.content, 6)) / 1024, "KiB")


def _unchanged(client: Any, url: str, times: int) -> float:
    """Polls with the tag of the answer before; when the minute turns, one of them is answered in full."""
    state = {"tag": client.get(url)["ETag"]}

    def poll() -> None:
        answer = client.get(url, headers={"if-none-match": state["tag"]})
        state["tag"] = answer["ETag"]

    return kit.p95(poll, times)


def _sell(office: Any) -> None:
    from inventory.rules import Evidence
    from inventory.services import reserve_unit
    from salesdept import clock

    for n, room in enumerate(office.rooms[::3]):
        rep, guest = office.people[n % len(office.people)]
        reserve_unit(actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.DEPOSIT, now=clock.now())
