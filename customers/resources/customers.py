"""客户表: the import kind of customer sheets. Checks are friendly; constraints and the bulk service rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from customers.models import Phone
from customers.queries.numbers import public_among
from customers.rules import RECEIVES, Gender, Grade, Source, guess_gender
from customers.services.bulk import create_customers, imported_elsewhere, undo_customers
from salesdept import clock
from salesdept.access import may_import
from salesdept.models import Project, User
from salesdept.sheets.kinds import Cells, Cleaned, Column, Fault, ImportKind
from salesdept.text import (
    UnreadableError,
    clean_name,
    is_blank,
    normalise_identity,
    normalise_phone,
    parse_date,
    parse_money,
)

_BUDGET_IN_WAN = Decimal(10_000)  # nobody's budget for a flat is below this many yuan: the unit was left out

COLUMNS = (
    Column("name", "姓名", ("客户姓名", "客户", "客户名称", "称呼", "名字"), required=True),
    Column("gender", "性别", (), width=8),
    Column(
        "phone",
        "电话",
        ("联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "客户电话"),
        required=True,
        phone=True,
        width=16,
    ),
    Column(
        "identity_no",
        "身份证号",
        ("身份证", "身份证号码", "证件号", "证件号码"),
        digits=True,
        secret=True,
        width=22,
    ),
    Column("source", "认知途径", ("渠道来源", "来源", "获知途径", "媒体途径", "认知渠道", "客户来源")),
    Column("layout", "意向户型", ("需求户型", "户型", "意向房型"), width=16),
    Column("area", "意向面积", ("需求面积", "面积", "意向面积段")),
    Column("budget", "预算", ("总价预算", "购房预算", "意向总价", "预算总价"), scaled=True, right=True),
    Column("grade", "等级", ("客户等级", "客户级别", "级别", "意向等级", "分级"), width=8),
    Column(
        "owner", "置业顾问", ("销售代表", "销售顾问", "归属", "归属人", "接待人", "业务员", "顾问", "销售")
    ),
    Column(
        "first_visit",
        "首次来访日期",
        ("首访日期", "首次来访", "来访日期", "首访", "登记日期", "首次到访日期"),
        width=14,
    ),
    Column("note", "备注", ("说明", "客户描述", "跟进情况"), width=30),
)
PROBLEMS = {
    "no_name": "没有姓名",
    "no_phone": "没有电话",
    "bad_phone": "电话有误",
    "public": "公共号码",
    "identity": "身份证号有误",
    "owner": "置业顾问查无此人",
    "no_owner": "没有置业顾问",
    "date": "日期有误",
    "budget": "预算读不出",
    "grade": "等级有误",
    "word": "不在可选值内",
    "too_long": "内容过长",
    "mine": "已在册",
    "owned": "已有归属",
    "rival": "两份名单同一客户",
}
_LENGTHS = {"name": 40, "layout": 60, "area": 40, "note": 500}
_GENDERS = {
    "男": Gender.MALE,
    "先生": Gender.MALE,
    "m": Gender.MALE,
    "女": Gender.FEMALE,
    "女士": Gender.FEMALE,
}
_GENDERS |= {"f": Gender.FEMALE, "小姐": Gender.FEMALE, "太太": Gender.FEMALE}
_SOURCES = {source.label: source for source in Source}
for _meant, _words in (
    (Source.OUTDOOR, "户外广告 广告牌 围挡 道旗 路牌 大牌"),
    (Source.ONLINE, "线上 网上 抖音 小红书 微信 朋友圈 公众号 安居客 房天下 网站 视频号 百度"),
    (Source.PRESS, "报刊 报纸广告 纸媒"),
    (Source.FRIEND, "朋友 亲友 亲友介绍 朋友推荐 熟人介绍"),
    (Source.PASSING, "自然到访 路经 自访 自然来访 途经"),
    (Source.EVENT, "展会 巡展 外展 拓客"),
    (Source.REFERRAL, "业主介绍 老业主 老业主介绍 老客户 老客户介绍 老带新客户"),
    (Source.CHANNEL, "中介 分销 贝壳 链家 渠道带访 全民营销"),
):
    _SOURCES |= dict.fromkeys(_words.split(), _meant)


@dataclass(frozen=True, slots=True)
class Context:
    """`owners`: name, account and employee number → user id; 0 where two people share a name."""

    project: Project
    today: date
    owners: Mapping[str, int]


def context(actor: User, project: Project, now: datetime) -> Context:
    return Context(project, clock.business_date(now), _owners(project))


def _owners(project: Project) -> dict[str, int]:
    owners: dict[str, int] = {}
    people = User.objects.filter(projects=project, is_active=True, role__in=RECEIVES)
    for pk, name, username, number in people.values_list("pk", "name", "username", "employee_no"):
        owners[name] = 0 if name in owners else pk
        owners |= {key: pk for key in (username, number) if key}
    return owners


def _text(cells: Cells, column: str, faults: list[Fault]) -> str:
    text = cells[column]
    if not text or is_blank(text):
        return ""
    if len(text) > _LENGTHS[column]:
        faults.append(Fault(column, "too_long", f"最多 {_LENGTHS[column]} 个字"))
    return text


def _name(cells: Cells, faults: list[Fault]) -> str:
    name = clean_name(_text(cells, "name", faults))
    if not name:
        faults.append(Fault("name", "no_name", "没有姓名"))
    return name


def _gender(cells: Cells, name: str, faults: list[Fault]) -> str:
    word = cells["gender"]
    if not word or is_blank(word):
        return guess_gender(name)
    if word.lower() not in _GENDERS:
        faults.append(Fault("gender", "word", "性别只有男、女，按空白读入", warn=True))
    return _GENDERS.get(word.lower(), "")


def _phone(cells: Cells, faults: list[Fault]) -> str:
    phone = normalise_phone(cells["phone"])
    if phone.problem:
        faults.append(Fault("phone", "bad_phone", phone.problem))
    elif not phone:
        faults.append(Fault("phone", "no_phone", "没有电话，不能作为客户导入"))
    return phone.number


def _identity(cells: Cells, faults: list[Fault]) -> str:
    if not cells["identity_no"]:
        return ""
    identity = normalise_identity(cells["identity_no"])
    if identity.problem:
        faults.append(Fault("identity_no", "identity", identity.problem))
    return identity.number


def _source(cells: Cells, faults: list[Fault]) -> str:
    word = cells["source"].replace(" ", "")
    if not word or is_blank(word):
        return ""
    if found := _SOURCES.get(word):
        return found
    faults.append(Fault("source", "word", "认知途径不在可选值内，按「其他」读入", warn=True))
    return Source.OTHER


def _budget(cells: Cells, faults: list[Fault]) -> Decimal | str | None:
    """Yuan, or the words as they are (`250-300万`), or None."""
    if not cells["budget"] or is_blank(cells["budget"]):
        return None
    try:
        budget = parse_money(cells["budget"], "预算", rounded=True)
    except UnreadableError:
        faults.append(Fault("budget", "budget", "预算不是一个金额，只存文字", warn=True))
        return cells["budget"][:40]
    if budget < _BUDGET_IN_WAN:
        faults.append(
            Fault("budget", "budget", f"预算没写单位，按 {budget.normalize():f} 万元读入", warn=True)
        )
        return budget * _BUDGET_IN_WAN
    return budget


def _grade(cells: Cells, faults: list[Fault]) -> str:
    word = cells["grade"].upper()
    if not word or is_blank(word):
        return Grade.B
    if word[0] in Grade.values and word[1:].strip() in ("", "类", "级", "重点", "潜在", "一般"):
        return word[0]
    faults.append(Fault("grade", "grade", "等级只有 A、B、C"))
    return Grade.B


def _owner(cells: Cells, context: Context, faults: list[Fault]) -> int | None:
    name = cells["owner"]
    if not name or is_blank(name):
        faults.append(Fault("owner", "no_owner", "没有置业顾问，导入后在公海", warn=True))
        return None
    owner = context.owners.get(name) or context.owners.get(clean_name(name))
    if owner:
        return owner
    twice = context.owners.get(name) == 0
    words = "有两位同名同事，请填工号" if twice else "本项目没有这位置业顾问"
    faults.append(Fault("owner", "owner", words))
    return None


def _first_visit(cells: Cells, context: Context, faults: list[Fault]) -> date | None:
    if not cells["first_visit"] or is_blank(cells["first_visit"]):
        return None
    try:
        day = parse_date(cells["first_visit"])
    except UnreadableError as error:
        faults.append(Fault("first_visit", "date", str(error)))
        return None
    if day > context.today:
        faults.append(Fault("first_visit", "date", "首次来访在将来"))
    return day


def clean(cells: Cells, context: Context) -> Cleaned:
    faults: list[Fault] = []
    name = _name(cells, faults)
    phone = _phone(cells, faults)
    values = {
        "name": name,
        "gender": _gender(cells, name, faults),
        "phone": phone,
        "identity_no": _identity(cells, faults),
        "source": _source(cells, faults),
        "layout": _text(cells, "layout", faults),
        "area": _text(cells, "area", faults),
        "budget": _budget(cells, faults),
        "grade": _grade(cells, faults),
        "owner_id": _owner(cells, context, faults),
        "first_visit_on": _first_visit(cells, context, faults),
        "note": _text(cells, "note", faults),
    }
    return Cleaned(values, tuple(faults), phone)


def clash(rows: Sequence[Cleaned], context: Context) -> Mapping[str, Fault]:
    """Numbers known in this project: the same owner's are set aside, others' and 公共号码 refused."""
    wanted = {row.key: row.values["owner_id"] for row in reversed(rows)}
    public = {
        number: Fault("phone", "public", f"公共号码：{whose}，不能认定客户")
        for number, whose in public_among(wanted, context.project).items()
    }
    there = Phone.objects.live().filter(project=context.project, number__in=wanted)
    owners = {number: owner for number, owner in wanted.items() if owner}
    rivals = imported_elsewhere(context.project, owners)
    known = {
        number: _rival(owner_name) if number in rivals else _already(wanted[number], owner_id, owner_name)
        for number, owner_id, owner_name in there.values_list(
            "number", "customer__owner_id", "customer__owner__name"
        )
    }
    return {**known, **public}


def _rival(owner_name: str | None) -> Fault:
    """Two lists with one customer: imported as a line of the 导入冲突清单 unless the row is skipped."""
    return Fault("phone", "rival", f"也在{owner_name}的导入名单里，导入后列入冲突清单待裁定", warn=True)


def _already(wanted: int | None, owner_id: int | None, owner_name: str | None) -> Fault:
    if owner_id and owner_id != wanted:
        return Fault("phone", "owned", f"已有归属：{owner_name}")
    words = "已在册，归属相同" if owner_id else "已在册，在公海"
    return Fault("phone", "mine", words, skip=True)


def commit(
    actor: User, project: Project, rows: Iterable[dict[str, Any]], batch_id: int, now: datetime
) -> int:
    return create_customers(actor=actor, project=project, rows=rows, batch_id=batch_id, now=now)


def undo(actor: User, batch_id: int, now: datetime) -> None:
    undo_customers(actor=actor, batch_id=batch_id, now=now)


CUSTOMERS = ImportKind(
    name="customers",
    label="客户表",
    noun="位",
    key_label="电话",
    columns=COLUMNS,
    problems=PROBLEMS,
    title="name",
    shown=("phone", "grade", "owner", "first_visit"),
    may=may_import,
    context=context,
    clean=clean,
    clash=clash,
    commit=commit,
    undo=undo,
)
