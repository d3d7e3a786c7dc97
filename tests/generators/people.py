"""Customer sheets: valid people first, then the ways offices write them down."""

import random
from dataclasses import dataclass

HEADERS = (
    "姓名", "性别", "电话", "身份证号", "认知途径", "意向户型", "意向面积", "预算", "等级",
    "置业顾问", "首次来访日期", "备注",
)  # fmt: skip
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁"
    "任沈姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严赖覃"
    "洪武莫孔单仇盖区朴查解"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志远若晴怀信子涵浩宇欣怡梓轩雨桐思远佳琪"
    "俊凯文博诗涵晓东海燕立新永康春梅"
)
SOURCES = ("户外", "网络", "朋友", "路过", "渠道", "老带新")
LAYOUTS = ("三室两厅两卫", "四室两厅两卫", "两室两厅一卫")
_AREA_CODES = ("510108", "510104", "330106", "110101", "440305")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a clean sheet, in the order of HEADERS."""

    name: str
    gender: str
    phone: str
    identity_no: str
    source: str
    layout: str
    area: str
    budget: str
    grade: str
    owner: str
    first_visit: str
    note: str

    def row(self) -> list[str]:
        return [
            self.name, self.gender, self.phone, self.identity_no, self.source, self.layout, self.area,
            self.budget, self.grade, self.owner, self.first_visit, self.note,
        ]  # fmt: skip


def identity_number(rng: random.Random) -> str:
    """An 18-digit number with a right check digit; nobody's."""
    day = f"{rng.randint(1955, 2002)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{rng.choice(_AREA_CODES)}{day}{rng.randint(0, 999):03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def phone(index: int) -> str:
    """A mobile that no other index has."""
    return f"1{'3456789'[index % 7]}{(index * 7919 + 12345) % 10**9:09}"


def people(count: int, owners: tuple[str, ...] = ("林知远",), seed: int = 7) -> list[Person]:
    rng = random.Random(seed)
    return [_person(rng, index, owners) for index in range(count)]


def _person(rng: random.Random, index: int, owners: tuple[str, ...]) -> Person:
    name = rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))
    return Person(
        name=name,
        gender=rng.choice("男女"),
        phone=phone(index),
        identity_no=identity_number(rng) if rng.random() < 0.2 else "",
        source=rng.choice(SOURCES),
        layout=rng.choice(LAYOUTS),
        area=str(rng.randint(80, 160)),
        budget=f"{rng.randint(150, 500)}万",
        grade=rng.choice("ABC"),
        owner=rng.choice(owners),
        first_visit=f"2026-{rng.randint(1, 10):02}-{rng.randint(1, 28):02}",
        note="",
    )
