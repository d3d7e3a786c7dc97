"""One sales office in the middle of its work, made by the real services, for the guards over the whole house.

`world` builds it for one test; `house` builds it once for a module (every request in it is rolled back).
The clock stands still at a Monday morning, so that nothing expires while a test looks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from PIL import Image

from attendance.models import ConductCase
from attendance.rules import CaseCode
from attendance.services import propose_case
from commissions.models import CommissionEntry
from contracts import services as contracts
from contracts.models import Contract, Receipt
from contracts.rules import ReceiptKind
from customers import services as customers
from customers.models import (
    AbsenceRequest,
    Arrival,
    Call,
    CallBack,
    ChannelFiling,
    ClockStop,
    CoFollow,
    CrossSiteFlag,
    Customer,
    CustomerExport,
    Department,
    Dialled,
    Dispute,
    DisputeStatement,
    Doubt,
    Feedback,
    Handover,
    ImportConflict,
    Merge,
    Namesake,
    PublicNumber,
    QueueEntry,
    Recall,
    Reception,
    Referral,
    SavedView,
    SelfFill,
    StandInCard,
    Survey,
    Visit,
    Visitor,
    VisitPlan,
)
from customers.rules import Contact, LeaseBasis
from customers.services import channel_book
from customers.services.channels import file_channel
from customers.services.golive import note_conflict
from customers.services.referrals import file_referral
from customers.services.site_flags import note_other_site
from inventory import services as stock
from inventory.models import Building, PriceList, Reservation, Unit
from inventory.rules import Evidence
from regulations import services as regulations
from regulations.models import Decision, Request, TermsVersion
from salesdept import clock, triggers
from salesdept.fields import Plain
from salesdept.models import ImportBatch, ImportRow, Notice, Project, User
from salesdept.rules import Message, Role
from salesdept.services import imports
from salesdept.services.people import sync_roles
from salesdept.services.reminders import notify
from tests import factories
from tests.factories import contracts as sales
from tests.factories import customers as guests
from tests.generators.books import text

NOW = clock.at(date(2026, 11, 23), 10)
PEOPLE = (
    ("rep", Role.REP, "林知远"),
    ("colleague", Role.REP, "许若晴"),
    ("assistant", Role.ASSISTANT, "吴静怡"),
    ("supervisor", Role.SUPERVISOR, "周岚"),
    ("manager", Role.MANAGER, "郑怀信"),
    ("cashier", Role.CASHIER, "何敏"),
    ("finance", Role.FINANCE, "沈国安"),
    ("director", Role.DIRECTOR, "顾明"),
    ("admin", Role.ADMIN, "系统管理员"),
)
# Everybody who comes to the door: a stranger, the eight roles, a second rep, the manager of another project.
VISITORS = ("nobody", *(name for name, _, _ in PEOPLE), "outsider")
BAD_SHEET = (
    ["姓名", "电话", "等级", "置业顾问", "备注"],
    ["蒋文博", "13811112222", "A", "林知远", ""],
    ["彭雨桐", "138111", "B", "林知远", "号码少了几位"],
    ["邓可心", "1381111", "B", "林知远", "也少了"],
    ["余嘉木", "13811115555", "C", "许若晴", ""],
)
IDENTITIES = ("330102199003070038", "110101199003070337")
UNIT_ROW = {
    "stair": "",
    "layout": "三房两厅两卫",
    "area_build": Decimal("118.42"),
    "area_inside": Decimal("94.73"),
    "orientation": "南",
    "list_unit_price": Decimal("21060.00"),
    "list_total": Decimal("2493925.20"),
    "floor_price": Decimal("2369228.94"),
    "channel_floor": Decimal("2400000.00"),
    "permit_no": "预售 2026-0117",
}


@dataclass
class World:
    """Named people and things. `rep` owns everything that can be owned; `colleague` is in the same office."""

    now: datetime
    project: Project
    people: dict[str, User]
    phones: list[str] = field(default_factory=list)
    building: Building = field(init=False)
    new_building: Building = field(init=False)
    prices: PriceList = field(init=False)
    free: Unit = field(init=False)
    customer: Customer = field(init=False)
    colleagues_customer: Customer = field(init=False)
    visit: Visit = field(init=False)
    call: Call = field(init=False)
    reception: Reception = field(init=False)
    turn: QueueEntry = field(init=False)
    away: QueueEntry = field(init=False)
    absence: AbsenceRequest = field(init=False)
    dispute: Dispute = field(init=False)
    dispute_paper: DisputeStatement = field(init=False)
    feedback: Feedback = field(init=False)
    department: Department = field(init=False)
    callback: CallBack = field(init=False)
    survey: Survey = field(init=False)
    survey_token: str = field(init=False)
    export: CustomerExport = field(init=False)
    view: SavedView = field(init=False)
    twin: Customer = field(init=False)
    namesake: Namesake = field(init=False)
    merge: Merge = field(init=False)
    asked_merge: Request = field(init=False)
    public: PublicNumber = field(init=False)
    filing: ChannelFiling = field(init=False)
    referral: Referral = field(init=False)
    site_flag: CrossSiteFlag = field(init=False)
    lock: Reservation = field(init=False)
    kept: Reservation = field(init=False)
    subscribed: Reservation = field(init=False)
    drafted: Contract = field(init=False)
    first: Contract = field(init=False)
    second: Contract = field(init=False)
    payable: Contract = field(init=False)
    signed: Contract = field(init=False)
    pending: Receipt = field(init=False)
    held: Receipt = field(init=False)
    confirmed: Receipt = field(init=False)
    entry: CommissionEntry = field(init=False)
    case: ConductCase = field(init=False)
    version: TermsVersion = field(init=False)
    drafted_terms: Request = field(init=False)
    release: Request = field(init=False)
    decision: Decision = field(init=False)
    batch: ImportBatch = field(init=False)
    row: ImportRow = field(init=False)
    notice: Notice = field(init=False)
    pooled: Customer = field(init=False)
    missed: Customer = field(init=False)
    starred: Customer = field(init=False)
    cofollow: CoFollow = field(init=False)
    self_fill: SelfFill = field(init=False)
    arrival: Arrival = field(init=False)
    doubt: Doubt = field(init=False)
    plan: VisitPlan = field(init=False)
    visitor: Visitor = field(init=False)
    card: StandInCard = field(init=False)
    dialled: Dialled = field(init=False)
    leaver: User = field(init=False)
    handover: Handover = field(init=False)
    recall: Recall = field(init=False)
    conflict: ImportConflict = field(init=False)
    stop: ClockStop = field(init=False)

    def __getattr__(self, name: str) -> User:
        """People by their account: `world.rep`."""
        if name in self.__dict__.get("people", {}):
            return self.people[name]
        raise AttributeError(name)


def build(now: datetime = NOW, *steps: Callable[[World], None]) -> World:
    """The whole office, or only the named steps of it, in the order given."""
    project = factories.ProjectFactory()
    elsewhere = factories.ProjectFactory()
    people = {u: factories.user(role, username=u, name=name, project=project) for u, role, name in PEOPLE}
    people["outsider"] = factories.user(Role.MANAGER, username="outsider", name="高远", project=elsewhere)
    world = World(now, project, people)
    for step in steps or STEPS:
        step(world)
    return world


# --- rooms


def _rooms(world: World, building: str, rooms: range) -> list[Unit]:
    rows = [{**UNIT_ROW, "building": building, "room_no": str(room), "floor": room // 100} for room in rooms]
    stock.create_units(
        actor=world.assistant, project=world.project, rows=rows, batch_id=None, now=world.now - timedelta(9)
    )
    return list(Unit.objects.filter(building__project=world.project, building__name=building).order_by("pk"))


def with_rooms(world: World) -> None:
    """Building 2 approved and released, building 3 imported and still waiting for both."""
    early = world.now - timedelta(8)
    units = _rooms(world, "2", range(1601, 1613))
    prices = PriceList.objects.get(project=world.project)
    stock.approve_prices(actor=world.manager, price_list_id=prices.pk, now=early)
    stock.release_batch(actor=world.manager, unit_ids=[u.pk for u in units], now=early)
    world.building, world.free = units[0].building, units[-1]
    world.new_building = _rooms(world, "3", range(201, 203))[0].building
    world.prices = PriceList.objects.get(project=world.project, approved_at=None)


def room(world: World) -> Unit:
    """The next room nobody has."""
    found = (
        Unit.objects.free().filter(building=world.building).exclude(pk=world.free.pk).order_by("pk").first()
    )
    assert found, "no free room left in the world"
    return found


# --- people at the door


def visit(world: World, rep: User, name: str, phone: str) -> Visit:
    """A visitor received by the rep, the way it happens in the hall."""
    then = world.now - timedelta(hours=1)
    opened = customers.start_reception(actor=rep, project=world.project, kind=Contact.VISIT, now=then)
    world.phones.append(phone)
    return customers.register_visit(
        actor=rep,
        project=world.project,
        phone=phone,
        name=name,
        reception_id=opened.pk,
        consent=True,
        now=then + timedelta(minutes=20),
    )


def buyer(world: World, rep: User, name: str, full_name: str, phone: str) -> Customer:
    """A visitor whose papers are on file, so that a contract can be drafted."""
    person = visit(world, rep, name, phone).customer
    assert person
    person.full_name, person.identity_no = full_name, Plain(IDENTITIES[0])
    person.save()
    return person


def with_visitors(world: World) -> None:
    now, project = world.now, world.project
    world.visit = visit(world, world.rep, "罗女士", "13900001111")
    world.customer = world.visit.customer
    world.colleagues_customer = visit(world, world.colleague, "贺先生", "13900002222").customer
    opened = customers.start_reception(actor=world.rep, project=project, kind=Contact.CALL, now=now)
    world.phones.append("13900003333")
    world.call = customers.register_call(
        actor=world.rep, project=project, phone="13900003333", name="孟先生", reception_id=opened.pk, now=now
    )


def with_hall(world: World) -> None:
    now, project = world.now, world.project
    world.dispute = customers.file_dispute(
        actor=world.colleague,
        project=project,
        phone="13900003333",
        claim="上周三我接待过这位客户",
        reception_id=_for_a_look(world, world.colleague).pk,
        now=now,
    )
    world.dispute_paper = customers.add_statement(
        actor=world.colleague, dispute_id=world.dispute.pk, text="当天的名片", now=now, upload=slip_photo()
    )
    world.reception = customers.start_reception(actor=world.rep, project=project, kind=Contact.CALL, now=now)
    world.turn = guests.sign_in(world.rep, now=now)
    entry = guests.sign_in(world.supervisor, now=now)
    world.away = customers.step_away(actor=world.supervisor, entry_id=entry.pk, now=now)
    customers.step_away(actor=world.rep, entry_id=world.turn.pk, absence="rest", now=now)
    world.absence = AbsenceRequest.objects.get(entry=world.turn)
    world.feedback = customers.file_feedback(
        actor=world.rep,
        project=project,
        kind="complaint",
        content="样板间空调不制冷",
        customer=world.customer,
        customer_name="罗女士",
        now=now,
    )
    _with_survey(world)


def _with_survey(world: World) -> None:
    """A department to forward to, a call to make, and a link in a customer's hands."""
    world.department = customers.save_department(
        actor=world.assistant, project=world.project, name="工程部", now=world.now
    )
    world.callback = CallBack.objects.get(customer=world.customer)
    world.survey = customers.ask_customer(
        actor=world.rep, customer_id=world.customer.pk, moment="visit", now=world.now
    )
    world.survey_token = world.survey.token


def with_export(world: World) -> None:
    world.export = customers.ask_export(
        actor=world.rep,
        project=world.project,
        kind="customers",
        query="tab=mine",
        reason="周例会用",
        now=world.now,
    )
    world.view = customers.save_view(actor=world.rep, name="本周 A 类", query="?tab=a", now=world.now)


def with_handover(world: World) -> None:
    """Who moved handed one customer over and still has another; one waits in the pool."""
    world.leaver = factories.user(Role.REP, username="leaver", name="方以宁", project=world.project)

    def person(name: str, phone: str, **fields: Any) -> Customer:
        world.phones.append(phone)
        return guests.customer(name=name, phone=phone, now=world.now, **fields)

    person("汤女士", "13900016111", owner=world.leaver, grade="C")
    world.handover = customers.hand_over(
        actor=world.manager,
        user_id=world.leaver.pk,
        project=world.project,
        choices={"c": str(world.rep.pk)},
        why="moved",
        reason="调往二期",
        now=world.now,
    )
    person("邵先生", "13900016222", owner=world.leaver, grade="A")
    world.unowned = person("尹女士", "13900016333", project=world.project)


def _for_a_look(world: World, rep: User) -> Reception:
    return customers.start_reception(actor=rep, project=world.project, kind=Contact.CALL, now=world.now)


def with_households(world: World) -> None:
    """Namesakes, one standing merge, one that waits, and an agent's number."""

    def person(name: str, phone: str) -> Customer:
        world.phones.append(phone)
        return guests.customer(owner=world.rep, name=name, phone=phone, now=world.now, stage="visited")

    pairs = [(person("谢云舟", f"1390001{n}111"), person("谢云舟", f"1390001{n}222")) for n in range(3)]
    world.twin, world.namesake = pairs[2][1], Namesake.objects.get(first=pairs[2][0], second=pairs[2][1])
    asked = [
        customers.ask_merge(
            actor=world.assistant,
            survivor_id=first.pk,
            other_id=second.pk,
            kind="person",
            reason="来电来访拼写不同",
            now=world.now,
        )
        for first, second in pairs[:2]
    ]
    regulations.answer(actor=world.supervisor, request_id=asked[0].pk, approve=True, now=world.now)
    world.merge, world.asked_merge = Merge.objects.get(), asked[1]
    world.phones.append("13900014444")
    world.public = customers.add_public_number(
        actor=world.assistant, project=world.project, phone="13900014444", reason="某渠道", now=world.now
    )


# --- claims, contracts, money


def lock(world: World, rep: User, customer: Customer) -> Reservation:
    found = stock.reserve_unit(
        actor=rep, unit_id=room(world).pk, customer=customer, evidence=Evidence.DEPOSIT, now=world.now
    )
    assert isinstance(found, Reservation)
    return found


def subscribe(world: World, name: str, full_name: str, phone: str) -> Reservation:
    """临时锁定 → 收款待确认 → 认购, by the hands that may."""
    claim = lock(world, world.rep, buyer(world, world.rep, name, full_name, phone))
    receipt = sales.record(world.cashier, claim, world.now, payer=full_name, photo=slip_photo())
    world.confirmed = contracts.confirm_receipt(actor=world.finance, receipt_id=receipt.pk, now=world.now)
    claim.refresh_from_db()
    return claim


def slip_photo() -> SimpleUploadedFile:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), "white").save(buffer, "PNG")
    return SimpleUploadedFile("pos.png", buffer.getvalue(), "image/png")


def draft(world: World, name: str, full_name: str, phone: str) -> Contract:
    claim = subscribe(world, name, full_name, phone)
    return contracts.draft_contract(actor=world.rep, reservation_id=claim.pk, now=world.now)


def in_first_review(world: World, *who: str) -> Contract:
    return contracts.submit_contract(actor=world.rep, contract_id=draft(world, *who).pk, now=world.now)


def in_second_review(world: World, *who: str) -> Contract:
    contract = in_first_review(world, *who)
    sales.tick_all(world.assistant, contract, world.now)
    return contracts.pass_review(actor=world.assistant, contract_id=contract.pk, now=world.now)


def awaiting_money(world: World, *who: str) -> Contract:
    contract = in_second_review(world, *who)
    sales.tick_all(world.manager, contract, world.now)
    return contracts.pass_second_review(actor=world.manager, contract_id=contract.pk, now=world.now)


def with_sales(world: World) -> None:
    world.subscribed = subscribe(world, "王女士", "王丽华", "13900004444")
    world.drafted = draft(world, "赵先生", "赵建国", "13900005555")


def with_reviews(world: World) -> None:
    world.first = in_first_review(world, "钱女士", "钱一诺", "13900006666")
    sales.tick_all(world.assistant, world.first, world.now)
    world.second = in_second_review(world, "孙先生", "孙浩然", "13900007777")
    sales.tick_all(world.manager, world.second, world.now)


def with_commission(world: World) -> None:
    """A first payment confirmed, and a contract sealed."""
    world.payable = awaiting_money(world, "李先生", "李思远", "13900008888")
    world.confirmed = sales.paid(world.payable, world.cashier, world.finance, world.now)
    world.entry = CommissionEntry.objects.get(contract=world.payable)
    signed = awaiting_money(world, "周女士", "周雅琴", "13900009999")
    sales.paid(signed, world.cashier, world.finance, world.now)
    world.signed = contracts.sign_contract(actor=world.assistant, contract_id=signed.pk, now=world.now)


def with_money(world: World) -> None:
    """Money recorded and not yet confirmed, money of nobody, and the claims that run."""
    world.pending = sales.record(
        world.cashier, world.subscribed, world.now, kind=ReceiptKind.DOWN, photo=slip_photo()
    )
    world.held = sales.record(world.cashier, None, world.now, payer="来款人不详", project=world.project)
    world.lock = lock(world, world.rep, world.customer)
    world.kept = stock.hold_unit(
        actor=world.manager,
        unit_id=room(world).pk,
        customer=world.customer,
        reason="家属周末再来看一次",
        until=world.now + timedelta(days=1),
        now=world.now,
    )


# --- channels and referrals


def with_channels(world: World) -> None:
    """A company's filing that waits for its guest, a buyer's friend, and a word about another site."""
    then = world.now - timedelta(hours=2)
    company = channel_book.add_company(
        actor=world.assistant, project=world.project, name="安居分销", valid_from=then.date(), now=then
    )
    agent = channel_book.add_agent(
        actor=world.assistant, company_id=company.pk, name="马经纪", phone="13712340009", now=then
    )
    world.phones += ["13712340009", "13712340004", "13712340005"]
    world.filing = file_channel(
        actor=world.assistant,
        project=world.project,
        agent_id=agent.pk,
        name="梁先生",
        phone="13712340004",
        now=then,
    )
    buyer = world.subscribed.customer
    assert buyer
    world.referral = file_referral(
        actor=world.assistant, referrer_id=buyer.pk, name="王先生", phone="13712340005", now=then
    )
    world.site_flag = note_other_site(
        actor=world.rep,
        customer_id=world.customer.pk,
        rep_id=world.outsider.pk,
        note="听高远说起",
        now=world.now,
    )


# --- the office


def with_office(world: World) -> None:
    now = world.now
    world.case = propose_case(
        actor=world.supervisor,
        code=CaseCode.DRESS,
        person=world.rep,
        amount=Decimal(10),
        facts="早会未佩戴工牌",
        clause="拟:pen.dress",
        subject="",
        project=world.project,
        now=now,
    )
    world.version = _terms(world, 45, 1)
    regulations.answer(actor=world.director, request_id=world.version.request_id, approve=True, now=now)
    world.drafted_terms = Request.objects.get(pk=_terms(world, 50, 3).request_id)
    asked = stock.release_unit(
        actor=world.rep, reservation_id=world.kept.pk, reason="客户改看十二层", now=now
    )
    assert isinstance(asked, Request)
    world.release = asked
    world.decision = world.entry.decision
    world.batch = upload(world, BAD_SHEET)
    world.row = ImportRow.objects.get(batch=world.batch, row_no=3)
    notify([Message(user_id=world.rep.pk, title="签约截止", key="world", url="/mine/")], now)
    world.notice = Notice.objects.get(user=world.rep, key__contains="world")


def _terms(world: World, minutes: int, days: int) -> TermsVersion:
    return regulations.draft_terms(
        actor=world.manager,
        topic_name="inventory.hold",
        values={"minutes": minutes},
        effective_from=clock.business_date(world.now) + timedelta(days),
        reason="周末客流大，缩短锁定",
        project=world.project,
        now=world.now,
    )


def upload(world: World, rows: Any) -> ImportBatch:
    """A sheet of customers, checked and not yet imported."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "客户.csv"
        path.write_bytes(text(rows))
        return imports.upload_sheet(
            actor=world.assistant,
            kind="customers",
            project=world.project,
            path=path,
            file_name=path.name,
            now=world.now,
        )


def with_registers(world: World) -> None:
    """A code on a table, a stand-in's card, a call out that nobody has answered for yet."""
    host = factories.user(Role.REP, username="host", name="温如玉", project=world.project)
    table = Reception.objects.create(
        project=world.project, rep=host, opened_by=world.rep, kind=Contact.VISIT, started_at=world.now
    )
    world.self_fill = customers.show_self_fill(actor=world.rep, reception_id=table.pk, now=world.now)
    world.card = customers.open_stand_in(
        actor=world.colleague,
        project=world.project,
        phone="13900001111",
        reception_id=_for_a_look(world, world.colleague).pk,
        now=world.now,
    )
    customers.dial(actor=world.rep, customer_id=world.customer.pk, now=world.now)
    world.dialled = Dialled.objects.get()
    world.doubt = customers.raise_doubt(actor=world.rep, reception_id=table.pk, now=world.now)
    world.doubt.by = world.rep  # who owns the things of this world
    world.doubt.save(update_fields=["by"])
    world.arrival = customers.note_arrival_at_door(
        actor=world.assistant, project=world.project, people=2, mark="红外套", now=world.now
    )
    world.visitor = customers.log_visitor(
        actor=world.assistant,
        project=world.project,
        name="薛经理",
        purpose="送检测报告",
        host=world.manager,
        now=world.now,
    )


def with_pool(world: World) -> None:
    """A customer of nobody, an A customer that is co-followed, a recall, a quarrel of two lists, a stop."""
    now, project = world.now, world.project
    world.pooled = guests.customer(project=project, name="冯先生", phone="13900007701", now=now)
    world.missed = guests.customer(owner=world.rep, name="戚先生", phone="13900007704", now=now)
    customers.mark_lost(
        actor=world.rep, customer_id=world.missed.pk, reason="price", note="嫌总价高", now=now
    )
    world.starred = guests.customer(owner=world.rep, name="谭女士", phone="13900007702", grade="A", now=now)
    world.phones += ["13900007701", "13900007702", "13900007703", "13900007704"]
    world.plan = customers.plan_visit(
        actor=world.rep, customer_id=world.starred.pk, on=now.date(), purpose="送价目", now=now
    )
    world.cofollow = customers.start_cofollow(actor=world.supervisor, customer_id=world.starred.pk, now=now)
    customers.add_follow_up(
        actor=world.rep, customer_id=world.starred.pk, method="phone", outcome="talked",
        content="周末带父母再来", now=now,
    )  # fmt: skip
    today = clock.business_date(now)
    customers.draw_recalls(
        actor=None, project=project, first=today - timedelta(days=today.weekday()), now=now
    )
    world.recall = Recall.objects.get(followup__customer=world.starred)
    twice = guests.customer(
        owner=world.rep, name="邹先生", phone="13900007703", basis=LeaseBasis.IMPORTED, now=now
    )
    found = note_conflict(twice, world.colleague.pk, {"first_visit_on": "2026-09-01"}, 1, now)
    assert found
    world.conflict = found
    world.stop = customers.declare_stop(
        actor=world.manager, project=project, kind="festival", first=date(2027, 2, 5),
        last=date(2027, 2, 12), reason="春节放假通知", now=now,
    )  # fmt: skip


STEPS = (
    with_rooms,
    with_visitors,
    with_sales,
    with_reviews,
    with_commission,
    with_money,
    with_hall,
    with_channels,
    with_households,
    with_handover,
    with_export,
    with_office,
    with_pool,
    with_registers,
)


# --- fixtures


@pytest.fixture
def frozen(monkeypatch):
    """The edge's clock stands at a Monday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


@pytest.fixture
def world(db, frozen) -> World:
    return build()


@dataclass
class House:
    """The world, and a client for everybody who comes to its door."""

    world: World
    cookies: dict[str, Any]

    def client(self, visitor: str, **options: Any) -> Client:
        """A browser of the visitor's own, logged in; what a request does to it is gone with it."""
        browser = client_of(None, **options)
        browser.cookies.update(self.cookies[visitor])
        return browser


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker) -> Iterator[House]:
    """Built once for the module and left standing between its tests, each of which is rolled back (`db`)."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(clock, "now", lambda: NOW)
        try:
            with transaction.atomic():
                world = build()
                cookies = {name: client_of(world.people.get(name)).cookies for name in VISITORS}
            yield House(world, cookies)
        finally:
            empty_tables()


def empty_tables() -> None:
    """What a transaction test leaves behind: nothing but the roles."""
    triggers.drop()
    call_command("flush", verbosity=0, interactive=False)
    triggers.install()
    sync_roles()


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def client_of(person: User | None, **options: Any) -> Client:
    """Somebody's browser; a failure of the product is an answer (500), not an exception."""
    client = Client(raise_request_exception=False, **options)
    if person:
        client.force_login(person)
    return client
