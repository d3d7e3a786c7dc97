"""No database: cells, phones, rooms, dates, amounts, names."""

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesdept import text
from salesdept.text import PhoneKind, UnreadableError

PHONES = {
    "plain": ("13800000000", "13800000000"),
    "spaces": ("138 0000 0000", "13800000000"),
    "country code and dashes": ("+86-138-0000-0000", "13800000000"),
    "country code without plus": ("8613800000000", "13800000000"),
    "double zero": ("0086 138 0000 0000", "13800000000"),
    "old long-distance zero": ("013800000000", "13800000000"),
    "full width": ("１３８ー００００".replace("ー", "－") + "－００００", "13800000000"),
    "float of excel": (13800000000.0, "13800000000"),
    "float as text": ("13800000000.0", "13800000000"),
    "apostrophe of excel": ("'13800000000", "13800000000"),
    "label": ("手机：13800000000", "13800000000"),
    "same as wechat": ("13800000000（微信同号）", "13800000000"),
    "invisible marks": ("\u202a13800000000\u202c\ufeff", "13800000000"),
    "landline": ("028-85551234", "02885551234"),
    "landline in brackets": ("(028) 8555 1234", "02885551234"),
    "landline of a small city": ("0571-88886666", "057188886666"),
    "landline with country code": ("+86 28 8555 1234", "02885551234"),
    "extension": ("028-85551234转801", "02885551234-801"),
    "dashed extension": ("028-85551234-801", "02885551234-801"),
    "hong kong": ("+852 9123 4567", "+85291234567"),
    "abroad with zeros": ("00852-9123-4567", "+85291234567"),
    "america": ("+1 (415) 555-2671", "+14155552671"),
}
WRONG_PHONES = {
    "short": ("1380000000", "应为 11 位，现有 10 位"),
    "long": ("138000000001", "应为 11 位，现有 12 位"),
    "no such range": ("12000000000", "号段"),
    "no area code": ("85551234", "缺区号"),
    "hotline": ("400-888-8888", "公共号码"),
    "bank": ("95588", "公共号码"),
    "starred": ("138****1234", "星号"),
    "scientific": ("1.38E+10", "科学计数"),
    "two": ("13800000000/13900000000", "不止一个"),
    "two with a space": ("13800000000 13900000000", "不止一个"),
    "words": ("找小王要", "不是数字"),
    "endless": ("1" * 10_000, "过长"),
    "arabic digits": ("١٣٨٠٠٠٠٠٠٠٠", "不是数字"),
    "abroad too short": ("+852 12", "境外"),
}


@pytest.mark.parametrize("case", PHONES)
def test_a_phone_reads_the_same_however_it_is_written(case):
    written, number = PHONES[case]
    assert text.normalise_phone(written).number == number


@pytest.mark.parametrize("case", WRONG_PHONES)
def test_a_wrong_phone_says_what_is_wrong(case):
    written, words = WRONG_PHONES[case]
    phone = text.normalise_phone(written)
    assert (phone.kind, phone.number) == (PhoneKind.INVALID, "")
    assert words in phone.problem


@pytest.mark.parametrize("cell", ["", None, " ", "未知", "无", "-", "/", "N/A", "　", "\x00"])
def test_no_phone_is_no_error(cell):
    assert text.normalise_phone(cell) == text.Phone(PhoneKind.BLANK)


def decorate(draw, digits):
    spread = "".join(d + draw(st.sampled_from(["", "", "", " ", "-", "－", "　"])) for d in digits)
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() and draw(st.booleans()) else c for c in spread)
    return draw(st.sampled_from(["", "+86 ", "+86-", "86", "0086", "'", "电话："])) + wide


@st.composite
def dressed_mobiles(draw):
    number = "1" + draw(st.sampled_from("3456789")) + draw(st.text("0123456789", min_size=9, max_size=9))
    return number, decorate(draw, number)


@given(dressed_mobiles())
def test_every_dressed_mobile_undresses_to_itself(pair):
    number, dressed = pair
    assert text.normalise_phone(dressed) == text.Phone(PhoneKind.MOBILE, number)


@given(st.one_of(st.text(), st.text("0123456789+-() 转x.", max_size=24), st.floats(), st.integers()))
def test_any_cell_gives_a_number_that_reads_again_or_a_reason(cell):
    phone = text.normalise_phone(cell)
    if phone:
        assert re.fullmatch(r"\+?[0-9]{7,15}(-[0-9]{1,6})?", phone.number)
        assert text.normalise_phone(phone.number) == phone
    else:
        assert bool(phone.problem) == (phone.kind == PhoneKind.INVALID)


ROOMS = {
    "2-1503": "2#-1503",
    "2栋1单元1503": "2#-1-1503",
    "2#1503": "2#-1503",
    "2#-1503": "2#-1503",
    "2幢-1-1503": "2#-1-1503",
    "２－１５０３": "2#-1503",
    "２栋１单元１５０３室": "2#-1-1503",
    "2号楼1单元1503号": "2#-1-1503",
    "02-01-1503": "2#-1-1503",
    "2-1单元-1503": "2#-1-1503",
    "二栋一单元1503": "2#-1-1503",
    "A座1203": "A#-1203",
    "a1-1203": "A1#-1203",
    "2/1503": "2#-1503",
    "2—1503": "2#-1503",
    "2-904": "2#-0904",
    "2-0904": "2#-0904",
    "1503A": "1503A",
    "2-B101": "2#-B0101",
    "-101": "B0101",
}
WRONG_ROOMS = [
    "",
    "x",
    "合计",
    "2-",
    "0",
    "2栋",
    "1503/1504",
    "2-1-1-1503",
    "=2-1503",
    "9" * 10_000,
    "２－\x00",
]


@pytest.mark.parametrize("written", ROOMS)
def test_a_room_has_one_name(written):
    assert str(text.parse_room(written)) == ROOMS[written]


@pytest.mark.parametrize("written", WRONG_ROOMS)
def test_what_is_no_room_is_refused(written):
    with pytest.raises(UnreadableError, match="房号读不出"):
        text.parse_room(written)


def test_columns_and_room_number_complete_each_other():
    assert text.parse_room("1503", "02栋", "1单元") == text.parse_room("2-1-1503")
    assert text.parse_room(1503.0, "2.0".removesuffix(".0")) == text.parse_room("2#1503")


@pytest.mark.parametrize(("building", "stair"), [("3", ""), ("2", "2")])
def test_columns_that_contradict_the_room_number_are_refused(building, stair):
    with pytest.raises(UnreadableError, match="房号里是"):
        text.parse_room("2-1-1503", building, stair)


@given(
    st.integers(1, 99),
    st.none() | st.integers(1, 9),
    st.integers(1, 60),
    st.integers(1, 12),
    st.integers(0, 4),
)
def test_every_way_to_write_a_room_means_the_same(building, stair, floor, door, way):
    number = f"{floor}{door:02}"
    shapes = ["{}-{}{}", "{}栋{}{}", "{}#{}{}", "{}幢-{}{}", "{}号楼{}{}室"]
    middle = "" if stair is None else f"{stair}单元" if way in (1, 2, 4) else f"{stair}-"
    room = text.parse_room(shapes[way].format(building, middle, number))
    assert (room.building, room.stair, room.floor) == (str(building), str(stair) if stair else None, floor)
    assert text.parse_room(str(room)) == room


DATES = {
    "iso": "2026-03-01", "dots": "2026.3.1", "slashes": "2026/3/1", "chinese": "2026年3月1日",
    "chinese short": "26年3月1日", "us short": "3/1/26", "us long": "3/1/2026", "short dots": "26.3.1",
    "compact": "20260301", "compact float": 20260301.0, "serial": 46082, "serial float": 46082.0,
    "serial text": "46082", "serial with time": "46082.75", "with time": "2026-03-01 14:30:00",
    "with short time": "2026/3/1 9:05", "iso time": "2026-03-01T14:30:00",
    "full width": "２０２６－０３－０１",
    "weekday": "2026年3月1日 周日", "a date": date(2026, 3, 1), "a moment": datetime(2026, 3, 1, 23, 59),  # noqa: DTZ001
}  # fmt: skip
WRONG_DATES = {
    "2026-02-30": "没有这一天",
    "2026-13-01": "没有这一天",
    "3月1日": "缺年份",
    "3.1": "缺年份",
    "2026年3月": "缺日",
    "13/1/26": "哪个是年份",
    "1/2/3": "哪个是年份",
    "上周": "读不出",
    "": "读不出",
    "99999": "读不出",
    "1" * 10_000: "读不出",
    "0001-01-01": "年份超出范围",
}


@pytest.mark.parametrize("case", DATES)
def test_a_date_reads_the_same_however_it_is_written(case):
    assert text.parse_date(DATES[case]) == date(2026, 3, 1)


@pytest.mark.parametrize("written", WRONG_DATES)
def test_a_wrong_date_says_what_is_wrong(written):
    with pytest.raises(UnreadableError, match=WRONG_DATES[written]):
        text.parse_date(written)


@given(st.dates(date(1960, 1, 1), date(2100, 1, 1)))
def test_every_day_survives_its_spellings(day):
    spellings = [day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"]
    serial = (day - date(1899, 12, 30)).days
    assert {text.parse_date(s) for s in (*spellings, serial, f"{serial}.5")} == {day}


MONEY = {
    "wan": ("249.4万", "2494000.00"),
    "grouped": ("1,234,567.00", "1234567.00"),
    "yen sign": ("￥21,060", "21060.00"),
    "per metre": ("21060元/㎡", "21060.00"),
    "full width": ("１２.３４", "12.34"),
    "float noise": (2472609.5999999996, "2472609.60"),
    "yi": ("1.5亿", "150000000.00"),
    "spaces": ("1 234 567", "1234567.00"),
    "whole": (2300000, "2300000.00"),
}
WRONG_MONEY = {
    "118,42": "疑似把",
    "1,23,456": "应为数字",
    "1e309": "科学计数",
    "-5": "不能为负",
    "1.234": "两位小数",
    "NaN": "应为数字",
    "inf": "应为数字",
    "": "应为数字",
    "9" * 40: "超出范围",
    "٥": "应为数字",
    "120-150万": "应为数字",
}


@pytest.mark.parametrize("case", MONEY)
def test_money_reads_to_the_fen(case):
    written, amount = MONEY[case]
    assert text.parse_money(written) == Decimal(amount)


@pytest.mark.parametrize("written", WRONG_MONEY)
def test_wrong_money_says_what_is_wrong(written):
    with pytest.raises(UnreadableError, match=WRONG_MONEY[written]):
        text.parse_money(written)


@given(st.decimals(0, 10**11, places=2))
def test_money_survives_its_spellings(amount):
    assert text.parse_money(f"￥{amount:,}元") == text.parse_money(str(amount)) == amount


def test_a_derived_price_is_rounded_only_when_asked():
    assert text.parse_money("20881.335", rounded=True) == Decimal("20881.34")
    with pytest.raises(UnreadableError):
        text.parse_money("20881.335")


@pytest.mark.parametrize(
    "written", ["118.42㎡", "118.42", 118.42, "118.42 平", "118.42平方米", "１１８.４２m2"]
)
def test_an_area_has_many_units(written):
    assert text.parse_area(written) == Decimal("118.42")


@pytest.mark.parametrize("written", ["0", "-1", "118,42", "100000", "大", "1.234"])
def test_an_impossible_area_is_refused(written):
    with pytest.raises(UnreadableError, match="面积"):
        text.parse_area(written)


@pytest.mark.parametrize(("written", "floor"), [("18", 18), (18.0, 18), ("18层", 18), ("-1", -1), ("２", 2)])
def test_a_floor_is_a_whole_number(written, floor):
    assert text.parse_int(written) == floor


@given(st.text())
def test_tidy_text_is_safe_and_stays_as_it_is(raw):
    clean = text.tidy(raw)
    assert clean == text.tidy(clean) == clean.strip()
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]", clean
    )
    clean.encode()


@given(st.text("王丽华 　·•李Tom\u202e", max_size=12))
def test_a_clean_name_stays_as_it_is(raw):
    assert text.clean_name(text.clean_name(raw)) == text.clean_name(raw)


NAMES = {
    "王　华": "王华",
    " 王 丽华 ": "王丽华",
    "Tom  Li": "Tom Li",
    "阿卜杜•买买提": "阿卜杜·买买提",
    "李\x00明": "李明",
}


@pytest.mark.parametrize("written", NAMES)
def test_names_lose_their_padding(written):
    assert text.clean_name(written) == NAMES[written]


READINGS = {
    "林知远": ("linzhiyuan", "lzy"), "单雄信": ("shanxiongxin", "sxx"), "曾小贤": ("zengxiaoxian", "zxx"),
    "仇和": ("qiuhe", "qh"), "盖聂": ("genie", "gn"),
    "区志强": ("ouzhiqiang", "ozq"), "朴志远": ("piaozhiyuan", "pzy"),
    "查良镛": ("zhaliangyong", "zly"), "解晓东": ("xiexiaodong", "xxd"), "尉迟恭": ("yuchigong", "ycg"),
    "万俟卨": ("moqixie", "mqx"), "单于莹": ("chanyuying", "cyy"),
    "吕布": ("lvbu", "lb"), "Tom Li": ("tomli", "tl"), "": ("", ""), "😀": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
def test_surnames_are_read_as_surnames(name):
    assert (text.pinyin_of(name), text.initials_of(name)) == READINGS[name]


@given(st.text(max_size=20))
def test_search_keys_hold_only_letters_and_digits(name):
    for key in (text.pinyin_of(name), text.initials_of(name), text.search_key(name)):
        assert re.fullmatch("[a-z0-9]*", key)


def test_cells_become_text():
    cells = [13800000000.0, 118.42, 0.1 + 0.2, None, True, "x", date(2026, 3, 1), 46082]
    assert [text.cell_text(c) for c in cells] == [
        "13800000000", "118.42", "0.3", "", "是", "x", "2026-03-01", "46082",
    ]  # fmt: skip


IDENTITIES = {
    "right": ("11010519491231002X", "11010519491231002X"),
    "small x": ("11010519491231002x", "11010519491231002X"),
    "full width and spaces": ("１１０１０５ 19491231 002X", "11010519491231002X"),
    "apostrophe": ("'11010519491231002X", "11010519491231002X"),
    "blank": ("未知", ""),
}
WRONG_IDENTITIES = {
    "check digit": ("110105194912310021", "校验位"),
    "birthday": ("110105194902310021", "出生日期"),
    "short": ("1101051949123100", "应为 18 位，现有 16 位"),
    "old": ("110105491231002", "15 位旧号"),
    "starred": ("110105********002X", "星号"),
    "scientific": ("1.10105E+17", "科学计数"),
    "letters": ("11010519491231AB2X", "只能是数字"),
}


@pytest.mark.parametrize("case", IDENTITIES)
def test_an_identity_number_reads_the_same_however_it_is_written(case):
    written, number = IDENTITIES[case]
    assert text.normalise_identity(written) == text.Identity(number)


@pytest.mark.parametrize("case", WRONG_IDENTITIES)
def test_a_wrong_identity_number_says_what_is_wrong(case):
    written, words = WRONG_IDENTITIES[case]
    identity = text.normalise_identity(written)
    assert identity.number == ""
    assert words in identity.problem


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16))
def test_one_wrong_digit_never_passes(body, at):
    from salesdept.text.identity import check_digit

    wrong = body[:at] + str((int(body[at]) + 1) % 10) + body[at + 1 :]
    assert check_digit(wrong) != check_digit(body)
