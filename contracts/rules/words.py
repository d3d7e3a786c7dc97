"""States and kinds of contracts, reviews and money, and the arrows between them."""

from collections.abc import Mapping

from django.db.models import TextChoices

from salesdept.errors import RuleError


class ContractState(TextChoices):
    DRAFT = "draft", "草拟"
    FIRST = "first", "待初审"
    RETURNED = "returned", "退回"
    SECOND = "second", "待复审"
    MONEY = "money", "待收款"
    SIGNED = "signed", "已签"


class ContractKind(TextChoices):
    PRESALE = "presale", "预售合同"
    SALE = "sale", "现售合同"


class PayMethod(TextChoices):
    """付款方式 of the buyer."""

    LUMP = "lump", "一次性"
    INSTALMENT = "instalment", "分期"
    MORTGAGE = "mortgage", "按揭"
    FUND = "fund", "公积金"
    MIXED = "mixed", "组合贷"


class ReceiptKind(TextChoices):
    """款项: what the money is for."""

    DEPOSIT = "deposit", "定金"
    DOWN = "down", "首付"
    INSTALMENT = "instalment", "分期"
    LOAN = "loan", "按揭"
    FUND = "fund", "公积金"
    AREA = "area", "面积差"
    AGENCY = "agency", "代收费"


class Tender(TextChoices):
    """收款方式: how the money came."""

    POS = "pos", "POS 刷卡"
    TRANSFER = "transfer", "银行转账"
    CASH = "cash", "现金"
    BANK = "bank", "银行放款"


class ReceiptState(TextChoices):
    """Derived from a receipt's times, never stored."""

    PENDING = "pending", "待确认"
    CONFIRMED = "confirmed", "已确认"
    REJECTED = "rejected", "已驳回"


class ReviewStage(TextChoices):
    FIRST = "first", "助理初审"
    SECOND = "second", "经理复审"


class ReviewResult(TextChoices):
    OPEN = "open", "审核中"
    PASSED = "passed", "通过"
    RETURNED = "returned", "退回"


class Severity(TextChoices):
    TEXT = "text", "文字"
    AMOUNT = "amount", "金额"
    ROOM = "room", "房号"
    IDENTITY = "identity", "身份"
    AREA = "area", "面积"


# 拟:ctr.review.chain — 助理 checks, then 经理, before any money beyond the deposit is asked for.
MOVES: Mapping[ContractState, frozenset[ContractState]] = {
    ContractState.DRAFT: frozenset({ContractState.FIRST}),
    ContractState.FIRST: frozenset({ContractState.RETURNED, ContractState.SECOND}),
    ContractState.RETURNED: frozenset({ContractState.FIRST}),
    ContractState.SECOND: frozenset({ContractState.RETURNED, ContractState.MONEY}),
    ContractState.MONEY: frozenset({ContractState.SIGNED}),
    ContractState.SIGNED: frozenset(),
}
EDITABLE = (ContractState.DRAFT, ContractState.RETURNED)
IN_REVIEW: Mapping[ReviewStage, ContractState] = {
    ReviewStage.FIRST: ContractState.FIRST,
    ReviewStage.SECOND: ContractState.SECOND,
}


def check_move(old: ContractState, new: ContractState) -> None:
    """Raise RuleError when the regulation knows no way from `old` to `new`."""
    if new not in MOVES[old]:
        raise RuleError(
            "bad_contract_move",
            f"合同「{old.label}」不能直接变为「{new.label}」",
            "拟:ctr.review.chain",
            "按 草拟 → 初审 → 复审 → 收款 → 签约 的顺序办理",
        )
