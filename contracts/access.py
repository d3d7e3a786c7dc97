"""Who may draft, review, seal, record and confirm. Every no carries its reason."""

from contracts.models import Contract, Receipt
from contracts.rules import ReviewStage
from inventory.models import Reservation
from regulations.models import Request
from salesdept.access import is_second_person, needs
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict


def may_draft(actor: User, reservation: Reservation) -> Verdict:
    """The rep of the sale, or the assistant for a rep who is away."""
    if not (verdict := needs(actor, "contracts.draft_contract", "起草合同")):
        return verdict
    if actor.role == Role.REP and reservation.rep_id != actor.pk:
        return Verdict("只能为自己的认购起草合同", "拟:ctr.review.chain", "请该认购的置业顾问起草")
    return ALLOWED


def may_edit(actor: User, contract: Contract) -> Verdict:
    return may_draft(actor, contract.reservation)


def may_review(actor: User, contract: Contract, stage: ReviewStage) -> Verdict:
    """助理 first, 经理 second; never whoever drafted it."""
    permission, words = {
        ReviewStage.FIRST: ("contracts.review_first", "初审合同"),
        ReviewStage.SECOND: ("contracts.review_second", "复审合同"),
    }[stage]
    if not (verdict := needs(actor, permission, words)):
        return Verdict(verdict.reason, "拟:ctr.review.chain", verdict.way_out)
    return is_second_person(actor, contract.drafted_by)


def may_seal(actor: User, contract: Contract) -> Verdict:
    if not (verdict := needs(actor, "contracts.seal_contract", "盖章签约")):
        return Verdict(verdict.reason, "拟:ctr.review.chain", "请销售助理盖章")
    return is_second_person(actor, contract.drafted_by)


def may_record(actor: User) -> Verdict:
    """拟:sub.cash — only 案场收银 records money; nobody who sells touches it."""
    verdict = needs(actor, "contracts.record_receipt", "登记收款")
    return verdict or Verdict(verdict.reason, "拟:sub.cash", "请案场收银登记")


def may_confirm(actor: User, receipt: Receipt | None = None) -> Verdict:
    """财务 confirms, rejects and reverses, never an own entry."""
    verdict = needs(actor, "contracts.confirm_receipt", "确认收款")
    if not verdict:
        return Verdict(verdict.reason, "拟:sub.cash", "请财务确认")
    return is_second_person(actor, receipt.recorded_by) if receipt else ALLOWED


def may_assign(actor: User, receipt: Receipt) -> Verdict:
    """暂收款 is assigned by another than the one who recorded it."""
    verdict = needs(actor, "contracts.assign_receipt", "处理暂收款")
    if not verdict:
        return Verdict(verdict.reason, "拟:sub.cash", "请销售经理处理")
    return is_second_person(actor, receipt.recorded_by)


def may_consent_short(actor: User, request: Request) -> Verdict:
    """拟:sub.short — a deposit below the minimum is 经理's to accept."""
    if actor.role != Role.MANAGER:
        return Verdict("定金不足只有销售经理能同意", "拟:sub.short", "请销售经理答复")
    return ALLOWED
