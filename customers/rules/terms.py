"""Numbers of the chapter that a notice may change. Pure."""

from collections.abc import Sequence

from customers.rules.fields import CALL_FIELDS, FIELD_WORDS, FOLLOW_FIELDS, START_FIELDS, VISIT_FIELDS
from customers.rules.words import Contact, Grade
from regulations.rules import Unit, term, topic


@topic("customers.ownership", "客户归属", "customers")
class OwnTerms:
    valid_visit: int = term(
        15, label="来访后归属有效", clause="拟:own.valid.visit", unit=Unit.DAYS, low=1, high=365
    )
    valid_call: int = term(
        7, label="来电后归属有效", clause="拟:own.valid.call", unit=Unit.DAYS, low=1, high=90
    )
    grade_a_bonus: int = term(
        50, label="A 类来访有效期延长", clause="拟:own.valid.visit", unit=Unit.PERCENT, low=0, high=200
    )
    valid_shop: int = term(
        60, label="商铺、办公来访后归属有效", clause="拟:own.valid.visit", unit=Unit.DAYS, low=1, high=365
    )
    valid_parking: int = term(
        7, label="车位来访后归属有效", clause="拟:own.valid.visit", unit=Unit.DAYS, low=1, high=365
    )
    warn_days: int = term(3, label="到期前几天算临期", clause="拟:own.renew", unit=Unit.DAYS, low=0, high=30)
    call_then_visit: int = term(
        1, label="约访日前后几天内到访算约访", clause="拟:own.call_then_visit", unit=Unit.DAYS, low=0, high=7
    )
    max_no_progress: int = term(
        40, label="首访后几天无进展交经理", clause="拟:own.max_no_progress", unit=Unit.DAYS, low=7, high=180
    )
    claim_days: int = term(
        2, label="不知名回访客的认领期", clause="拟:own.claim_days", unit=Unit.DAYS, low=0, high=14
    )
    second_room_months: int = term(
        12,
        label="老业主再购归原代表",
        clause="拟:own.second_room",
        unit=Unit.COUNT,
        low=0,
        high=60,
        note="单位为月",
    )
    golive_grace: int = term(
        30, label="导入客户归属保留", clause="拟:own.golive_grace", unit=Unit.DAYS, low=0, high=180
    )
    pool_imported: bool = term(
        False,
        label="导入客户到期后转公海",
        clause="拟:own.golive_grace",
        note="关闭时只预演：到期的导入客户仍留在原代表名下",
    )


@topic("customers.grades", "客户分级", "customers")
class GradeTerms:
    follow_a: int = term(3, label="A 类跟进间隔", clause="拟:grade.follow.A", unit=Unit.DAYS, low=1, high=30)
    follow_b: int = term(7, label="B 类跟进间隔", clause="拟:grade.follow.B", unit=Unit.DAYS, low=1, high=60)
    follow_c: int = term(15, label="C 类跟进间隔", clause="拟:grade.follow.C", unit=Unit.DAYS, low=1, high=90)

    def days(self, grade: str) -> int:
        """Days until the next follow-up of a grade."""
        return {Grade.A.value: self.follow_a, Grade.B.value: self.follow_b}.get(grade, self.follow_c)


@topic("customers.register", "登记", "customers")
class RegisterTerms:
    closing_hour: int = term(21, label="当日登记截止（几点）", clause="拟:own.complete_by", low=12, high=23)
    looks_per_day: int = term(
        30, label="每人每天查看完整号码", clause="S30", unit=Unit.TIMES, low=1, high=500
    )
    visit_start: tuple[str, ...] = term(
        ("name", "contact"),
        label="来访起归属须有",
        clause="拟:own.required_fields",
        choices=START_FIELDS,
        must=("name", "contact"),
    )
    call_start: tuple[str, ...] = term(
        ("name", "contact"),
        label="来电起归属须有",
        clause="拟:own.required_fields",
        choices=START_FIELDS,
        must=("name", "contact"),
    )
    visit_complete: tuple[str, ...] = term(
        ("source", "need"), label="来访截止前补全", clause="拟:own.complete_by", choices=VISIT_FIELDS
    )
    call_complete: tuple[str, ...] = term(
        ("source", "need"), label="来电截止前补全", clause="拟:own.complete_by", choices=CALL_FIELDS
    )
    follow_fields: tuple[str, ...] = term(
        ("content",), label="跟进须有", clause="S35", choices=FOLLOW_FIELDS, must=("content",)
    )
    remind_rep: int = term(
        30, label="来访未登记，提醒代表", clause="S134", unit=Unit.MINUTES, low=5, high=240
    )
    remind_assistant: int = term(
        60, label="来访未登记，提醒助理", clause="S134", unit=Unit.MINUTES, low=10, high=480
    )
    remind_before: int = term(
        60, label="截止前提醒补全", clause="拟:own.complete_by", unit=Unit.MINUTES, low=10, high=240
    )
    self_fill_minutes: int = term(
        30, label="自填二维码有效", clause="拟:own.self_fill", unit=Unit.MINUTES, low=5, high=120
    )
    self_fill_tries: int = term(
        20, label="自填每分钟提交上限", clause="拟:own.self_fill", unit=Unit.TIMES, low=3, high=200
    )

    def start(self, kind: str) -> Sequence[str]:
        """What starts a claim by this kind of contact."""
        return self.call_start if kind == Contact.CALL else self.visit_start

    def complete(self, kind: str) -> Sequence[str]:
        """What must follow by closing."""
        return self.call_complete if kind == Contact.CALL else self.visit_complete

    def word(self, field: str) -> str:
        return FIELD_WORDS[field]


@topic("customers.feedback", "投诉与意见", "customers")
class FeedbackTerms:
    accept_hours: int = term(
        24, label="受理后转办时限", clause="拟:svc.cmp.accept", unit=Unit.HOURS, low=1, high=240
    )
    cause_days: int = term(90, label="投诉原因统计最近", clause="S144", unit=Unit.DAYS, low=7, high=730)
    doubt_minutes: int = term(
        10, label="客户质疑后登记时限", clause="S194", unit=Unit.MINUTES, low=1, high=240
    )
    simple_days: int = term(
        3, label="简单事项答复时限", clause="拟:svc.cmp.simple", unit=Unit.WORKDAYS, low=1, high=30
    )
    hard_days: int = term(
        7, label="复杂事项答复时限", clause="拟:svc.cmp.complex", unit=Unit.WORKDAYS, low=1, high=60
    )
    open_hour: int = term(9, label="受理时间从几点", clause="拟:svc.cmp.accept", low=6, high=12)
    close_hour: int = term(18, label="受理时间到几点", clause="拟:svc.cmp.accept", low=13, high=23)
    warn_hours: int = term(4, label="时限前多久提醒", clause="S141", unit=Unit.HOURS, low=1, high=48)
    escalate_hours: int = term(
        24, label="超时报主管后多久报经理", clause="S140", unit=Unit.HOURS, low=1, high=240
    )
