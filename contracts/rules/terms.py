"""What a notice may change about contracts and money."""

from decimal import Decimal

from regulations.rules import Unit, term, topic


@topic("contracts.contract", "合同", "contracts")
class ContractTerms:
    copies: int = term(4, label="合同份数", clause="拟:ctr.copies.contract", low=1, high=12)
    copies_mortgage: int = term(6, label="按揭合同份数", clause="拟:ctr.copies.contract", low=1, high=12)


@topic("contracts.plan", "付款计划", "contracts")
class PlanTerms:
    """How a price becomes dated lines."""

    down_percent: Decimal = term(
        Decimal(30),
        label="首付比例",
        clause="拟:com.precondition",
        unit=Unit.PERCENT,
        low=Decimal(15),
        high=Decimal(100),
        note="含定金",
    )
    down_days: int = term(7, label="首付期限", clause="拟:ctr.sign_by", unit=Unit.DAYS, low=0, high=60)
    loan_days: int = term(
        10, label="商贷放款期限", clause="拟:ctr.mortgage.release", unit=Unit.DAYS, low=1, high=120
    )
    fund_days: int = term(
        60, label="公积金放款期限", clause="拟:ctr.mortgage.release", unit=Unit.DAYS, low=1, high=180
    )
    instalments: int = term(3, label="分期期数", clause="拟:com.instal", low=2, high=12)
    instalment_gap_days: int = term(
        30, label="分期间隔", clause="拟:com.instal", unit=Unit.DAYS, low=1, high=180
    )


@topic("contracts.error_fine", "合同文字差错", "contracts")
class ErrorFineTerms:
    """第三部分 一: a wrong character found by 经理 costs the assistant who passed it, as a proposal."""

    yuan_per_character: Decimal = term(
        Decimal(50),
        label="经理发现一处文字差错的罚金",
        clause="S63",
        unit=Unit.YUAN,
        low=Decimal(0),
        high=Decimal(50),
    )
    count_by: str = term(
        "character",
        label="差错怎么数",
        clause="拟:ctr.error.text_fine",
        choices={"character": "按文字", "place": "按处", "contract": "按份"},
        note="同一误读在两处只算一次",
    )


@topic("contracts.dunning", "催款", "contracts")
class DunningTerms:
    """Days past due at which a letter goes out; also the steps of the aging table."""

    remind_days: int = term(5, label="催款", clause="拟:ctr.dunning", unit=Unit.DAYS, low=1, high=30)
    penalty_days: int = term(15, label="罚息通知", clause="拟:ctr.dunning", unit=Unit.DAYS, low=2, high=60)
    takeback_days: int = term(30, label="收房通知", clause="拟:ctr.dunning", unit=Unit.DAYS, low=3, high=180)


@topic("contracts.receipt", "收款", "contracts")
class ReceiptTerms:
    confirm_hour: int = term(
        12,
        label="次工作日确认收款的时刻",
        clause="拟:sub.cash",
        low=9,
        high=18,
        note="整点；逾时提醒财务与经理",
    )
