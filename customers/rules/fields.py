"""The fields a register may ask for, as the terms name them. Pure."""

from collections.abc import Mapping

START_FIELDS: Mapping[str, str] = {
    "name": "称呼",
    "contact": "电话（或微信号，助理见证）",
    "source": "认知途径",
    "need": "户型或面积",
}
COMMON_FIELDS: Mapping[str, str] = {
    "source": "认知途径",
    "need": "户型或面积",
    "budget_text": "预算",
    "purpose": "购房目的",
    "note": "备注",
}
VISIT_FIELDS: Mapping[str, str] = {
    **COMMON_FIELDS,
    "relation": "同行关系",
    "age_band": "年龄段",
    "district": "居住区域",
    "occupation": "工作与职业",
    "floor": "意向楼层",
    "pay_method": "付款方式",
    "transport": "交通工具",
    "focus": "关注点",
    "doubts": "疑问与抗性",
    "left_at": "离开时间",
    "tidy": "接待区整理",
}
CALL_FIELDS: Mapping[str, str] = {**COMMON_FIELDS, "booked_on": "约访日"}
FOLLOW_FIELDS: Mapping[str, str] = {"content": "内容", "next_on": "下次跟进日"}
FIELD_WORDS: Mapping[str, str] = {**START_FIELDS, **VISIT_FIELDS, **CALL_FIELDS, **FOLLOW_FIELDS}
