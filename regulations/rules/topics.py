"""Terms that several chapters read, or that only a ruling cites: they belong to no single app."""

from regulations.rules.terms import Unit, term, topic

_SUGGESTED = "争议的建议分配按此计算，由裁决人定"


@topic("customers.reception", "接待顺序与来电到访", "customers")
class ReceptionTerms:
    """Who is next, and whose a caller is who walks in."""

    order: str = term(
        "continue",
        label="候客顺序的起头",
        clause="拟:q.order",
        choices={"continue": "接昨日顺位轮转", "signin": "按签到先后", "fewest": "当日新客最少者先"},
        note="签到时排位；接待过新客的排到末尾",
    )
    call_then_visit: str = term(
        "booked",
        label="来电后到访",
        clause="拟:own.call_then_visit",
        choices={"booked": "约访的归接电话者", "named": "客户点名才归接电话者", "visit": "归到访时的接待者"},
        note="登记到访时按此判定",
    )


@topic("customers.split", "业绩分配", "customers")
class SplitTerms:
    """Shares of the credit where several people touched one customer, in percent of the one named first.

    Who is named first stands in each label; the others have the rest in equal parts.
    """

    couple: int = term(
        50,
        label="夫妻分别接待，先登记者",
        clause="拟:split.couple",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    standin_sameday: int = term(
        50,
        label="义务接待当日成交，归属人",
        clause="拟:split.standin_sameday",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    standin_later: int = term(
        100,
        label="义务接待后归属人成交，归属人",
        clause="拟:split.standin_later",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    recognised_after_deposit: int = term(
        70,
        label="收定后认出，原归属人",
        clause="拟:split.recognised_after_deposit",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    brochure_only: int = term(
        35,
        label="仅发资料，先接触者",
        clause="拟:split.brochure_only",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    manager_intro: int = term(
        30,
        label="公司关系客户，轮到的代表",
        clause="拟:split.manager_intro",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    triple: str = term(
        "first",
        label="三人先后接待",
        clause="拟:split.triple",
        choices={"first": "最早有效者，其次成交者", "last_two": "后两人均分", "equal": "三人均分"},
        note=_SUGGESTED,
    )
    triple_first: int = term(
        50,
        label="三人先后接待，最早有效者（其余归成交者）",
        clause="拟:split.triple",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    kin_separate: int = term(
        100,
        label="亲属分别来访，买受人的接待者",
        clause="拟:split.kin_separate",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    recognised_before_deposit: int = term(
        100,
        label="收定前认出，原归属人",
        clause="拟:split.recognised_before_deposit",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    repeat_unrecognised: int = term(
        0,
        label="多次未认出，原归属人",
        clause="拟:split.repeat_unrecognised",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    two_old_refer: int = term(
        100,
        label="两位老客户同荐，接待者",
        clause="拟:split.two_old_refer",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    unphoned_standin: int = term(
        100,
        label="义务接待未通知归属人，归属人",
        clause="拟:ref.absent",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    concealed: int = term(
        100,
        label="隐瞒指定接待，被指定者",
        clause="拟:own.conceal",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    forfeited: int = term(
        0,
        label="因投诉失去归属，原归属人",
        clause="拟:own.complaint_forfeit",
        unit=Unit.PERCENT,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    outside_referrer: int = term(
        2,
        label="外部门推荐，推荐人",
        clause="拟:split.outside_referral",
        unit=Unit.PERMILLE,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
    outside_rep: int = term(
        2,
        label="外部门推荐，接待代表",
        clause="拟:split.outside_referral",
        unit=Unit.PERMILLE,
        low=0,
        high=100,
        note=_SUGGESTED,
    )
