"""The words of the chapter: enums, arrows and who they concern. Pure."""

from collections.abc import Mapping

from django.db.models import TextChoices

from salesdept.rules import LEADERS, SALES, Role

SEES_PROJECT = (Role.ASSISTANT, *LEADERS)  # see every customer of their projects
RECEIVES = SALES  # may own customers
HONORIFICS = ("先生", "女士", "小姐", "太太", "老师", "总", "阿姨", "大姐", "大哥")


class Gender(TextChoices):
    MALE = "m", "男"
    FEMALE = "f", "女"


class Grade(TextChoices):
    A = "A", "A 重点"
    B = "B", "B 潜在"
    C = "C", "C 一般"


class Stage(TextChoices):
    """The funnel of S21. Moved by registers here and by the claims and contracts above."""

    CALLED = "called", "来电"
    VISITED = "visited", "首访"
    REVISITED = "revisited", "复访"
    DEPOSIT = "deposit", "小订"
    SUBSCRIBED = "subscribed", "认购"
    SIGNED = "signed", "签约"
    RELEASED = "released", "放款"
    HANDED = "handed", "交房"
    LOST = "lost", "战败"


class Source(TextChoices):
    """认知途径: how somebody came to know of us."""

    OUTDOOR = "outdoor", "户外"
    ONLINE = "online", "网络"
    PRESS = "press", "报纸"
    FRIEND = "friend", "朋友介绍"
    PASSING = "passing", "路过"
    EVENT = "event", "活动"
    REFERRAL = "referral", "老带新"
    CHANNEL = "channel", "渠道"
    OTHER = "other", "其他"


class Method(TextChoices):
    """来访方式: how somebody came this time."""

    WALK_IN = "walk_in", "自然来访"
    BOOKED = "booked", "来电约访"
    NAMED = "named", "指定接待"
    REFERRAL = "referral", "老带新"
    CHANNEL = "channel", "渠道带访"


class Outcome(TextChoices):
    REGISTERED = "registered", "已登记"
    NO_PHONE = "no_phone", "未留电"
    NOT_CUSTOMER = "not_customer", "非客户"


class Contact(TextChoices):
    """Kinds of contact and of receptions."""

    VISIT = "visit", "来访"
    CALL = "call", "来电"


class FollowMethod(TextChoices):
    PHONE = "phone", "电话"
    WECHAT = "wechat", "微信"
    SMS = "sms", "短信"
    MEETING = "meeting", "面访"


class LeaseBasis(TextChoices):
    VISIT = "visit", "首接来访"
    CALL = "call", "首接来电"
    NAMED = "named", "指定"
    REFERRAL = "referral", "老带新"
    CHANNEL = "channel", "渠道"
    ASSIGNED = "assigned", "分配"
    RULED = "ruled", "裁决"
    CLAIMED = "claimed", "公海认领"
    IMPORTED = "imported", "导入"


class LeaseState(TextChoices):
    """Stored states; 临期 follows from the date (`lease_word`)."""

    ACTIVE = "active", "有效"
    LOCKED = "locked", "锁定"
    FROZEN = "frozen", "争议冻结"
    LAPSED = "lapsed", "失效"
    CLOSED = "closed", "关闭"


LIVE = (LeaseState.ACTIVE, LeaseState.LOCKED, LeaseState.FROZEN)
LEASE_ARROWS: Mapping[LeaseState, frozenset[LeaseState]] = {
    LeaseState.ACTIVE: frozenset(
        {LeaseState.LOCKED, LeaseState.FROZEN, LeaseState.LAPSED, LeaseState.CLOSED}
    ),
    LeaseState.LOCKED: frozenset({LeaseState.ACTIVE, LeaseState.FROZEN, LeaseState.CLOSED}),
    LeaseState.FROZEN: frozenset({LeaseState.ACTIVE, LeaseState.LOCKED, LeaseState.CLOSED}),
    LeaseState.LAPSED: frozenset(),
    LeaseState.CLOSED: frozenset(),
}


class FeedbackKind(TextChoices):
    COMPLAINT = "complaint", "投诉"
    SUGGESTION = "suggestion", "意见建议"


class FeedbackTopic(TextChoices):
    PRODUCT = "product", "产品"
    FACILITY = "facility", "配套"
    PRICE = "price", "价格"
    SERVICE = "service", "服务"
    OTHER = "other", "其他"


class Answer(TextChoices):
    """What a look-up by number says."""

    NEW = "new", "可接"
    MINE = "mine", "我的客户"
    OWNED = "owned", "已有归属"
    DISPUTED = "disputed", "归属待裁决"
    INVALID = "invalid", "号码有误"
