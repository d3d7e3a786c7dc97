"""Names, numbers and sentences of the demo office: made up, and the same for the same seed."""

import random
from itertools import accumulate

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯曾程蔡彭潘袁董余苏叶吕魏蒋田杜"
    "丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万"
    "钱严覃武戴莫孔向汤"
)
# The first of them name half the country.
WEIGHTS = list(accumulate(1 / (rank + 6) for rank in range(len(SURNAMES))))
FEMALE = (
    "丽华", "晓岚", "雨桐", "思敏", "秋月", "淑芬", "佳怡", "文静", "雅琴", "婉清", "梦洁",
    "欣怡", "若楠", "慧敏", "玉兰", "海燕", "春梅", "静雯", "诗涵", "紫萱", "美玲", "雪莲",
    "红霞", "桂英", "艳", "敏", "静", "丽", "芳", "娟", "颖", "琳", "洁",
    "莉", "倩", "婷",
)  # fmt: skip
MALE = (
    "文博", "俊杰", "志刚", "建国", "伟", "强", "磊", "军", "勇", "涛", "明",
    "超", "辉", "鹏", "浩然", "子涵", "宇航", "国栋", "志远", "天佑", "建军", "海波",
    "立新", "学文", "永康", "泽宇", "家豪", "振华", "德明", "晓东", "宏伟", "嘉诚", "启明",
    "云飞", "一鸣", "思远",
)  # fmt: skip
PREFIXES = ("135", "136", "137", "139", "150", "151", "152", "158", "159", "177", "180", "181", "182", "186",
            "187", "188", "189", "199")  # fmt: skip
NOTES = (
    "想看中高楼层，介意临路", "比较两房与三房，等贷款测算", "周末带家人再来", "在意学区，孩子明年上学",
    "预算偏紧，关注首付分期", "已看样板间，对飘窗满意", "嫌西晒，想看东边户", "从竞品过来，比较得房率",
    "父母同来，倾向低楼层", "想尽快定，问定金与签约期限", "置换客户，旧房挂牌中", "只是了解，留了资料",
    "介意电梯配比，已解释", "问地铁开通时间", "投资客，问租金与车位", "喜欢小区绿化，价格再谈",
)  # fmt: skip
TALKS = (
    "电话回访，周末再来看房", "发了户型图，客户说和家人商量", "确认了贷款资格，利率还在比",
    "约好周六上午看样板间", "客户嫌总价高，推荐同户型低楼层", "微信发了噪声检测报告",
    "问到付款方式，已说明三种", "客户出差，下周再联系",
)  # fmt: skip
UNANSWERED = ("无人接听", "关机，晚些再打", "响铃后挂断，发了短信")
AREAS = ("89㎡", "98㎡", "110㎡", "118㎡", "128㎡", "143㎡", "")
LAYOUTS = ("两房", "三房", "三房", "三房", "四房", "四房", "商铺", "")
BUDGETS = ("150–180 万", "180–220 万", "220–260 万", "260–320 万", "")


def person(rng: random.Random) -> tuple[str, str]:
    """称呼 (often without the given name) and gender."""
    female = rng.random() < 0.5
    surname = rng.choices(SURNAMES, cum_weights=WEIGHTS)[0]
    if rng.random() < 0.35:
        return f"{surname}{'女士' if female else '先生'}", "f" if female else "m"
    name = surname + rng.choice(FEMALE if female else MALE)
    return name, "f" if female else "m"


def number(index: int) -> str:
    """The phone number of the `index`-th customer: all differ for any count."""
    within = index // len(PREFIXES)
    return f"{PREFIXES[index % len(PREFIXES)]}{(within * 61_803_399 + 20_261_123) % 100_000_000:08}"
