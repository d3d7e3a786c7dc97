"""What this app puts into the slots of lower apps."""

from collections.abc import Sequence
from datetime import datetime

from customers.slots import (
    CUSTOMER_IN_USE,
    CUSTOMER_PANELS,
    DEALS,
    LEAVER_ITEMS,
    PRICE_RANGE,
    STANDIN_LINES,
    TIMELINE,
    CustomerPanel,
    DealSource,
    LeaverItem,
)
from inventory import access, seeds
from inventory.models import Reservation
from inventory.queries import asked, claims, deals, invariants, stock
from inventory.resources import UNITS
from inventory.rules import HoldTerms, PriceTerms, SheetTerms, SubscriptionTerms
from inventory.services import control, expire_lock
from inventory.services.common import LOCK_ENDS_SOON, LOCK_EXPIRES, SIGN_BY_NEAR, controllers, url_of
from inventory.services.handover import hand_over_claims
from regulations.slots import APPROVALS, TOPICS, ApprovalKind
from salesdept import formats
from salesdept.models import Reminder
from salesdept.rules import LEADERS, Message, Role
from salesdept.slots import (
    HOME_CARDS,
    IMPORT_KINDS,
    INVARIANTS,
    NAV,
    REMINDER_KINDS,
    ROLE_PERMISSIONS,
    SEARCH,
    SEEDERS,
    Grants,
    HomeCard,
    Invariant,
    NavItem,
    ReminderKind,
    SearchSource,
    Seeder,
)

_FLOOR = (Role.REP, Role.ASSISTANT, Role.SUPERVISOR, Role.MANAGER, Role.CASHIER, Role.FINANCE, Role.DIRECTOR)
_SEE = ("inventory.view_unit", "inventory.view_reservation")


def _claim(reminder: Reminder) -> Reservation | None:
    pk = int(reminder.object_ref.partition(":")[2])
    return Reservation.objects.select_related("unit__building", "rep").filter(pk=pk, ended_at=None).first()


def lock_expires(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """Free the room and tell its rep and the manager; nothing when it was paid or prolonged meanwhile."""
    found = _claim(reminder)
    claim = expire_lock(reservation_id=found.pk, now=now) if found else None
    if claim is None:
        return []
    title = f"{claim.unit.label} {claim.at_stage.label}到期，已释放"
    people = dict.fromkeys([*([claim.rep_id] if claim.rep_id else []), *controllers(claim.project_id)])
    return [_message(pk, claim, "expired", title, "拟:sc.lock.minutes") for pk in people]


def lock_ends_soon(reminder: Reminder, now: datetime) -> Sequence[Message]:
    claim = _claim(reminder)
    if claim is None or claim.rep_id is None or claim.expires_at is None or claim.expires_at <= now:
        return []
    title = f"{claim.unit.label} {formats.left(claim.expires_at, now)}，到期自动释放"
    return [_message(claim.rep_id, claim, f"soon-{claim.version}", title, "拟:sc.lock.minutes")]


def sign_by_near(reminder: Reminder, now: datetime) -> Sequence[Message]:
    claim = _claim(reminder)
    if claim is None or claim.rep_id is None or claim.signed_at or claim.sign_by is None:
        return []
    title = f"{claim.unit.label} 须于 {claim.sign_by:%m-%d} 前签约"
    return [_message(claim.rep_id, claim, f"sign-{claim.sign_by}", title, "拟:sub.sign_by")]


def _message(user_id: int, claim: Reservation, what: str, title: str, clause: str) -> Message:
    key = f"inventory.{what}:{claim.pk}"
    return Message(user_id=user_id, title=title, key=key, url=url_of(claim), clause=clause, urgent=True)


def fill() -> None:
    """Fill the slots; called once when the app is ready."""
    TOPICS.fill(HoldTerms, SubscriptionTerms, PriceTerms, SheetTerms)
    IMPORT_KINDS.fill(UNITS)
    _fill_pages()
    _fill_background()
    _fill_approvals()
    _fill_roles()
    CUSTOMER_PANELS.fill(
        CustomerPanel("inventory", "inventory/customer_panel.html", claims.customer_panel, order=20)
    )
    PRICE_RANGE.fill(stock.price_range)
    CUSTOMER_IN_USE.fill(claims.customers_in_use)
    STANDIN_LINES.fill(claims.standin_lines)
    DEALS.fill(DealSource(deals.deals_of, deals.deal_of_room, deals.deal_count))
    TIMELINE.fill(*asked.TIMELINE_WORDS)
    LEAVER_ITEMS.fill(
        LeaverItem(
            "占用中的房源",
            asked.live_claims_of,
            "inventory:reservation_list",
            lines=asked.claim_lines_of,
            hand_over=hand_over_claims,
            order=40,
        )
    )
    INVARIANTS.fill(
        Invariant("一房一占用", "S54", invariants.one_claim_per_unit),
        Invariant("销控图与台账一致", "S55", invariants.board_agrees_with_claims),
        Invariant("占用不跨项目", "S59", invariants.claims_stay_in_their_project),
        Invariant("放盘后才占用", "S57", invariants.nothing_sold_before_release),
        Invariant("成交价不低于表价", "S42", invariants.no_price_below_the_list),
    )
    SEEDERS.fill(Seeder("inventory.stock", 10, seeds.stock), Seeder("inventory.claims", 30, seeds.claims))


def _fill_pages() -> None:
    NAV.fill(
        NavItem("销控图", "inventory:board", "board", roles=_FLOOR, order=20, tab=True, short="销控"),
        NavItem("认购", "inventory:reservation_list", "sign", roles=_FLOOR, order=25),
    )
    card = "inventory/card_claims.html"
    HOME_CARDS.fill(
        HomeCard(card, claims.due_card, (Role.REP,), order=20, side=True),
        HomeCard(card, claims.locks_card, LEADERS, order=20),
        HomeCard(card, claims.paid_card, (Role.CASHIER, Role.FINANCE), order=10),
    )
    SEARCH.fill(
        SearchSource("房源", claims.find_units, order=20), SearchSource("认购", claims.find_claims, order=30)
    )


def _fill_background() -> None:
    REMINDER_KINDS.fill(
        ReminderKind(LOCK_EXPIRES, "锁定到期", lock_expires, urgent=True),
        ReminderKind(LOCK_ENDS_SOON, "锁定即将到期", lock_ends_soon, urgent=True),
        ReminderKind(SIGN_BY_NEAR, "签约期限临近", sign_by_near),
    )


def _fill_approvals() -> None:
    for name, label, effect in (
        ("inventory.lock", "临时锁定", control.approve_lock),
        ("inventory.hold", "保留房源", control.approve_hold),
        ("inventory.release", "释放房源", control.approve_release),
    ):
        APPROVALS.fill(
            ApprovalKind(
                name,
                label,
                access.may_answer,
                effect,
                answerers=(Role.MANAGER,),
                facts=asked.request_facts,
                url=asked.request_url,
            )
        )


def _fill_roles() -> None:
    lock, control_, add = "inventory.reserve_unit", "inventory.control_unit", "inventory.add_unit"
    ROLE_PERMISSIONS.fill(
        Grants(Role.REP, (*_SEE, lock)),
        Grants(Role.SUPERVISOR, (*_SEE, lock)),
        Grants(Role.ASSISTANT, (*_SEE, add)),
        Grants(Role.MANAGER, (*_SEE, lock, control_, add, "inventory.approve_prices")),
        Grants(Role.CASHIER, _SEE),
        Grants(Role.FINANCE, _SEE),
        Grants(Role.DIRECTOR, (*_SEE, "inventory.approve_prices")),
    )
