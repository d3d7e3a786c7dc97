"""A page asks the database the same number of questions for one row and for fifty more."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.rules import ClockKind
from attendance.services import clock
from contracts.models import PaymentPlanLine, Review
from customers.models import Aside, Customer, Loss, PoolEntry
from customers.services import add_follow_up
from inventory.models import Unit
from salesdept.rules import Role
from tests import factories
from tests.addresses import args_of
from tests.factories.customers import customer
from tests.world import World

pytestmark = pytest.mark.django_db
MORE = 50
LIST, PROFILE = 12, 20


def copies(row: Model, **vary: Callable[[int], Any]) -> list[Any]:
    """Fifty more rows like this one; `vary` gives what must differ."""
    kind = type(row)
    values = {f.attname: getattr(row, f.attname) for f in kind._meta.concrete_fields if not f.primary_key}
    made = [kind(**{**values, **{name: of(n) for name, of in vary.items()}}) for n in range(MORE)]
    return kind._default_manager.bulk_create(made)


def word(n: int) -> str:
    return uuid4().hex[:20]


def rooms(world: World) -> list[Unit]:
    return copies(
        Unit.objects.get(pk=world.free.pk),
        room_no=lambda n: f"{20 + n}01",
        floor=lambda n: 20 + n,
        code=lambda n: f"2-{20 + n}01",
    )


def people(world: World) -> list[Any]:
    return [
        factories.user(Role.REP, username=f"more{n}", name="某代表", project=world.project)
        for n in range(MORE)
    ]


def customers(world: World) -> list[Any]:
    return [customer(owner=world.rep, name="罗女士", now=world.now) for _ in range(MORE)]


def claims(world: World) -> list[Any]:
    made = rooms(world)
    return copies(world.subscribed, unit_id=lambda n: made[n].pk, number=lambda n: f"RG-{word(n)[:16]}")


def contracts(world: World, like: str = "drafted") -> list[Any]:
    made = claims(world)
    return copies(
        getattr(world, like),
        reservation_id=lambda n: made[n].pk,
        number=lambda n: f"HT-{word(n)[:16]}",
    )


def reviews(world: World) -> None:
    made = contracts(world, "first")
    copies(Review.objects.get(contract=world.first), contract_id=lambda n: made[n].pk)


def entries(world: World) -> None:
    made = contracts(world, "payable")
    copies(world.entry, contract_id=lambda n: made[n].pk)


def receipts(world: World) -> None:
    """Waiting, held and overdue money."""
    copies(world.pending, slip_no=word)
    copies(world.held, slip_no=word)
    copies(world.confirmed, slip_no=word)
    made = contracts(world, "payable")
    line = PaymentPlanLine.objects.filter(contract=world.payable).first()
    assert line
    copies(line, contract_id=lambda n: made[n].pk, due=lambda n: line.due - timedelta(60))


def queue(world: World) -> None:
    reps = people(world)
    copies(world.turn, rep_id=lambda n: reps[n].pk, position=lambda n: 100 + n)


def plans(world: World) -> None:
    many = customers(world)
    copies(world.plan, customer_id=lambda n: many[n].pk)


def door(world: World) -> None:
    """Groups, tables and visitors."""
    copies(world.arrival)
    copies(world.visitor)
    reps = people(world)
    start = {"started_at": lambda n: world.now, "kind": lambda n: "visit", "rep_id": lambda n: reps[n].pk}
    for table in copies(world.reception, ended_at=lambda n: None, turn=lambda n: "rotation", **start):
        Aside.objects.create(reception=table, left_at=world.now, minutes=3)


def clocks(world: World) -> None:
    for person in people(world):
        clock(actor=person, kind=ClockKind.IN, project=world.project, now=world.now)


def cases(world: World) -> None:
    copies(world.case, subject=word)


def requests(world: World) -> None:
    copies(world.drafted_terms, subject=word)


def versions(world: World) -> None:
    day, asked = world.version.effective_from, copies(world.version.request, subject=word)
    copies(world.version, effective_from=lambda n: day + timedelta(30 + n), request_id=lambda n: asked[n].pk)


def batches(world: World) -> None:
    copies(world.batch, sha256=word, seal_id=word)


def sheet_rows(world: World) -> None:
    copies(world.row, row_no=lambda n: 100 + n)


def notices(world: World) -> None:
    copies(world.notice, key=word)


def slips(world: World) -> None:
    copies(world.visit, reception_id=lambda n: None)
    copies(world.call, reception_id=lambda n: None)


def disputes(world: World) -> None:
    made = customers(world)
    copies(world.dispute, customer_id=lambda n: made[n].pk)


def feedback(world: World) -> None:
    copies(world.feedback, serial=lambda n: 100 + n)
    made = customers(world)
    copies(world.callback, customer_id=lambda n: made[n].pk)
    copies(world.survey, customer_id=lambda n: made[n].pk, token_hash=word)
    copies(world.doubt, answered_at=lambda n: world.now)


def buildings(world: World) -> None:
    made = copies(world.new_building, name=lambda n: f"B{n}")
    unit = Unit.objects.filter(building=world.new_building).first()
    assert unit
    copies(unit, building_id=lambda n: made[n].pk, code=lambda n: f"B{n}-201")
    copies(world.prices, version=lambda n: 10 + n)


def pooled(world: World) -> None:
    people = copies(world.pooled, seal_id=word)
    copies(
        PoolEntry.objects.create(
            project=world.project, customer=world.pooled, why="released", former=world.rep,
            since=world.now, since_on=world.now.date(),
        ),
        customer_id=lambda n: people[n].pk,
    )  # fmt: skip


def missed(world: World) -> None:
    people = copies(world.missed, seal_id=word)
    copies(Loss.objects.get(customer=world.missed), customer_id=lambda n: people[n].pk)


def bought(world: World) -> None:
    Customer.objects.filter(pk=world.customer.pk).update(stage="signed")
    world.customer.refresh_from_db()
    copies(world.customer, seal_id=word)


def shared(world: World) -> None:
    made = copies(world.starred, seal_id=word)
    copies(world.cofollow, customer_id=lambda n: made[n].pk)


def quarrels(world: World) -> None:
    made = customers(world)
    copies(world.conflict, customer_id=lambda n: made[n].pk)


def stops(world: World) -> None:
    copies(world.stop)


def recalls(world: World) -> None:
    made = copies(world.recall.followup)
    copies(world.recall, followup_id=lambda n: made[n].pk)


def life(world: World) -> None:
    """A customer of long standing: slips, follow-ups, claims."""
    slips(world), claims(world)
    follow = add_follow_up(
        actor=world.rep,
        customer_id=world.customer.pk,
        method="phone",
        effective=True,
        content="周末来",
        now=world.now,
    )
    copies(follow)


def much(world: World) -> None:
    """A busy day."""
    (
        cases(world),
        requests(world),
        customers(world),
        notices(world),
        reviews(world),
        slips(world),
        queue(world),
    )


# Page, who looks, what there is fifty more of, most questions it may ask, and its query string.
CASES: tuple[tuple[str, str, Callable[[World], Any], int, Mapping[str, str]], ...] = (
    ("home", "rep", much, PROFILE, {}),
    ("home", "assistant", much, PROFILE, {}),
    ("home", "manager", much, PROFILE, {}),
    ("home", "finance", receipts, PROFILE, {}),
    ("notice_list", "rep", notices, LIST, {}),
    ("search", "rep", customers, LIST, {"q": "罗"}),
    ("search", "rep", claims, LIST, {"q": "2-"}),
    ("search", "manager", contracts, LIST, {"q": "HT"}),
    ("imports", "assistant", batches, LIST, {}),
    ("import_detail", "assistant", sheet_rows, LIST, {}),
    ("regulations:clause_list", "rep", versions, LIST, {}),
    ("regulations:term_list", "manager", versions, LIST, {}),
    ("regulations:term_detail", "manager", versions, LIST, {}),
    ("regulations:request_list", "director", requests, LIST, {}),
    ("regulations:request_list", "director", requests, LIST, {"show": "all"}),
    ("attendance:month", "manager", clocks, LIST, {}),
    ("attendance:month", "rep", cases, LIST, {}),
    ("attendance:penalty_list", "manager", cases, LIST, {}),
    ("customers:customer_list", "rep", customers, LIST, {}),
    ("customers:customer_list", "manager", customers, LIST, {}),
    ("customers:visit_list", "assistant", slips, LIST, {}),
    ("customers:call_list", "rep", slips, LIST, {}),
    ("customers:queue", "assistant", queue, LIST, {}),
    ("customers:hall", "assistant", door, LIST, {}),
    ("customers:plan_list", "rep", plans, LIST, {}),
    ("customers:plan_list", "manager", plans, LIST, {"view": "month"}),
    ("customers:feedback_causes", "manager", feedback, LIST, {}),
    ("customers:demand", "manager", slips, LIST, {}),
    ("customers:dispute_list", "manager", disputes, LIST, {}),
    ("customers:feedback_list", "assistant", feedback, LIST, {}),
    ("customers:feedback_detail", "assistant", feedback, LIST, {}),
    ("customers:callback_list", "assistant", feedback, LIST, {"tab": "ahead"}),
    ("customers:survey_list", "manager", feedback, LIST, {}),
    ("customers:customer_detail", "rep", life, PROFILE, {}),
    ("customers:lost_list", "rep", missed, LIST, {}),
    ("customers:owner_list", "rep", bought, LIST, {}),
    ("customers:pool_list", "rep", pooled, LIST, {}),
    ("customers:pool_list", "manager", pooled, LIST, {}),
    ("customers:cofollow_list", "supervisor", shared, LIST, {}),
    ("customers:stale_list", "manager", customers, LIST, {}),
    ("customers:golive", "manager", quarrels, LIST, {}),
    ("customers:stop_list", "manager", stops, LIST, {}),
    ("customers:recall_list", "assistant", recalls, LIST, {}),
    ("inventory:board", "rep", rooms, LIST, {}),
    ("inventory:board", "manager", claims, LIST, {}),
    ("inventory:board", "rep", claims, LIST, {"view": "list"}),
    ("inventory:board_cells", "rep", claims, LIST, {}),
    ("inventory:unit_detail", "rep", customers, PROFILE, {}),
    ("inventory:unit_confirm", "manager", customers, PROFILE, {}),
    ("inventory:unit_similar", "rep", rooms, LIST, {}),
    ("inventory:release_list", "manager", buildings, LIST, {}),
    ("inventory:reservation_list", "manager", claims, LIST, {}),
    ("inventory:reservation_detail", "manager", claims, PROFILE, {}),
    ("contracts:contract_list", "finance", contracts, LIST, {}),
    ("contracts:contract_list", "rep", contracts, LIST, {}),
    ("contracts:verification_queue", "assistant", reviews, PROFILE, {}),
    ("contracts:collections", "cashier", receipts, PROFILE, {}),
    ("contracts:collections", "finance", receipts, PROFILE, {}),
    ("contracts:contract_detail", "rep", contracts, PROFILE, {}),
    ("commissions:my_statement", "rep", entries, LIST, {}),
    ("commissions:statement", "manager", entries, LIST, {}),
    ("commissions:fund", "rep", cases, LIST, {}),
    ("performance:dashboard", "manager", receipts, PROFILE, {}),
    ("performance:rows", "manager", slips, LIST, {"metric": "calls"}),
    ("performance:kpi_report", "manager", people, PROFILE, {}),
    ("performance:daily_report", "assistant", slips, PROFILE, {}),
    ("performance:target_list", "manager", people, LIST, {}),
)


def questions(house, name: str, visitor: str, query: Mapping[str, str]) -> list[str]:
    client = house.client(visitor)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(reverse(name, args=args_of(name, house.world)), query)
    assert answer.status_code == 200
    return [query["sql"] for query in asked.captured_queries]


@pytest.mark.parametrize(
    ("name", "visitor", "grow", "most", "query"),
    CASES,
    ids=[
        f"{name}-{visitor}-{grow.__name__}{''.join(query.values())}"
        for name, visitor, grow, _, query in CASES
    ],
)
def test_a_page_asks_as_much_for_one_row_as_for_fifty_more(name, visitor, grow, most, query, house):
    before = questions(house, name, visitor, query)
    grow(house.world)
    after = questions(house, name, visitor, query)
    assert len(after) == len(before), difference(before, after)
    assert len(after) <= most, "\n".join(sql[:200] for sql in after)


def difference(before: list[str], after: list[str]) -> str:
    """The questions asked oftener, by their first words."""
    kinds = {sql[:160] for sql in after}
    count = lambda some, kind: sum(sql.startswith(kind) for sql in some)  # noqa: E731
    rose = {kind: (count(before, kind), count(after, kind)) for kind in kinds}
    return "\n".join(f"{was} → {now}: {kind}" for kind, (was, now) in rose.items() if now != was)


def test_control_a_question_for_each_row_is_seen():
    before, after = ["SELECT 1 FROM a"], ["SELECT 1 FROM a", "SELECT 2 FROM b", "SELECT 2 FROM b"]
    assert difference(before, after) == "0 → 2: SELECT 2 FROM b"
