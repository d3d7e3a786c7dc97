"""Who may lock, keep, free and release rooms. Every no carries its reason."""

from collections.abc import Mapping

from customers.models import Customer
from inventory.models import PriceList, Reservation
from inventory.rules import ENDS, MOVES, EndReason, Stage
from regulations.models import Request
from salesdept.access import is_second_person, needs
from salesdept.models import User
from salesdept.rules import LEADERS, Role
from salesdept.verdict import ALLOWED, Verdict

# The right behind a move, in words, for the button that is refused.
_WORDS: Mapping[Stage, str] = {
    Stage.PAID: "登记收款",
    Stage.LOCK: "退回锁定",
    Stage.SMALL: "确认小订",
    Stage.TEMP: "确认定金",
    Stage.SUBSCRIBED: "确认定金",
    Stage.SIGNED: "办理签约",
    Stage.KEPT: "保留房源",
    Stage.RETURNING: "办理退房",
}


def may_see_board(actor: User) -> Verdict:
    return needs(actor, "inventory.view_unit", "查看销控图")


def may_lock(actor: User) -> Verdict:
    """Whether the role locks rooms at all."""
    verdict = needs(actor, "inventory.reserve_unit", "锁定房源")
    return verdict or Verdict(verdict.reason, "拟:sc.authority", "请置业顾问或销售经理锁定")


def may_reserve(actor: User, customer: Customer) -> Verdict:
    """Lock for one's own customer; leaders for any customer of the project, in its owner's name."""
    if not (verdict := may_lock(actor)):
        return verdict
    if customer.owner_id != actor.pk and actor.role not in LEADERS:
        return Verdict(
            "这位客户不归你，不能为其锁定房源", "拟:sc.authority", "请归属的置业顾问或销售经理办理"
        )
    return ALLOWED


def may_control(actor: User, words: str = "释放、保留或放盘") -> Verdict:
    """销控 is the manager's: keep, free, release, block."""
    verdict = needs(actor, "inventory.control_unit", words)
    return verdict or Verdict(verdict.reason, "拟:sc.authority", "请向销售经理申请")


def may_answer(actor: User, request: Request) -> Verdict:
    """Answer a request to lock, keep or free a room."""
    return may_control(actor, "批准锁定、保留与释放")


def may_see_release(actor: User) -> Verdict:
    """Rooms not yet on sale and their price lists: for who imports, approves or releases them."""
    if actor.may("inventory.add_unit") or actor.may("inventory.approve_prices"):
        return ALLOWED
    return may_control(actor, "办理放盘")


def may_approve_prices(actor: User, price_list: PriceList) -> Verdict:
    verdict = needs(actor, "inventory.approve_prices", "批准价格表")
    return is_second_person(actor, price_list.created_by) if verdict else verdict


def may_move(actor: User, claim: Reservation, new: Stage) -> Verdict:
    """Whether this person's hand moves the claim there (rules.MOVES); the way itself the rules check."""
    roles = MOVES[claim.at_stage].get(new)
    if roles is None or (actor.is_active and actor.role in roles):
        return ALLOWED
    return Verdict(
        f"{actor.get_role_display()}不能{_WORDS.get(new, '变更状态')}",
        "拟:sc.before_subscribe",
        f"请{_names(roles)}办理",
    )


def may_end(actor: User | None, claim: Reservation, reason: EndReason) -> Verdict:
    """A person ends what the table gives the role; `actor=None`, the clock, only what no person may."""
    roles = ENDS[claim.at_stage].get(reason)
    if roles is None or (actor is None and not roles) or (actor and actor.is_active and actor.role in roles):
        return ALLOWED
    who = actor.get_role_display() if actor else "系统"
    way_out = f"请{_names(roles)}办理" if roles else "等它到期，由系统释放"
    return Verdict(f"{who}不能释放房源", "拟:sc.release_on", way_out)


def may_see_claim(actor: User, claim: Reservation) -> Verdict:
    if actor.role == Role.REP and claim.rep_id != actor.pk:
        return Verdict("这份认购单不归你", "拟:sc.secrecy")
    return ALLOWED


def _names(roles: frozenset[Role]) -> str:
    return "、".join(role.label for role in Role if role in roles)
