"""Money is exact to the fen: in the table, in expressions, in forms and in every split."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import cn2an
import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, transaction
from django.db.models import F, Max, Sum
from django.db.models.functions import Coalesce
from hypothesis import given
from hypothesis import strategies as st

from salesdept.money import FEN, ZERO, MoneyField, allocate, capitals, fen, yuan
from tests.salesdept.tables import Purse, create

D = Decimal


@pytest.fixture
def purse(db):
    create(Purse)
    return Purse.objects.create(price=D("99.10"), paid=D("0.10"))


# --- the column


def test_the_table_holds_fen(purse):
    with connection.cursor() as cursor:
        cursor.execute("SELECT price, paid FROM test_purse")
        assert cursor.fetchall() == [(9910, 10)]
    purse.refresh_from_db()
    assert (str(purse.price), str(purse.paid)) == ("99.10", "0.10")


EXPRESSIONS = {
    "difference": (F("price") - F("paid"), "99.00"),
    "sum": (F("price") + F("paid"), "99.20"),
    "literal added": (F("price") + yuan(D("5")), "104.10"),
    "literal taken off": (F("price") - yuan(D("0.01")), "99.09"),
    "chain": (F("price") - F("paid") - yuan(D("9")), "90.00"),
    "coalesce": (Coalesce(F("paid"), yuan(ZERO)), "0.10"),
}


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions_stay_in_yuan(purse, expression, expected):
    row = Purse.objects.annotate(answer=expression).get()
    assert str(row.answer) == expected


def test_sums_stay_in_yuan(purse):
    Purse.objects.create(price=D("0.90"))
    totals = Purse.objects.aggregate(
        total=Sum("price"), top=Max("price"), paid=Coalesce(Sum("paid"), yuan(ZERO))
    )
    assert {name: str(value) for name, value in totals.items()} == {
        "total": "100.00",
        "top": "99.10",
        "paid": "0.10",
    }


def test_a_sum_of_nothing_is_nothing_or_the_literal(purse):
    nobody = Purse.objects.filter(price__lt=ZERO)
    assert nobody.aggregate(t=Sum("paid"))["t"] is None
    assert nobody.aggregate(t=Coalesce(Sum("paid"), yuan(ZERO)))["t"] == ZERO


LOOKUPS = [
    ({"price": D("99.1")}, True),
    ({"price__gte": D("99.10")}, True),
    ({"price__gt": D("99.10")}, False),
    ({"price__in": [D("1"), D("99.10")]}, True),
    ({"paid__lt": F("price")}, True),
    ({"paid__isnull": True}, False),
    ({"price__range": (D("99"), D("99.11"))}, True),
]


@pytest.mark.parametrize(("lookup", "found"), LOOKUPS)
def test_lookups_compare_yuan(purse, lookup, found):
    assert Purse.objects.filter(**lookup).exists() is found


def test_an_update_adds_yuan(purse):
    Purse.objects.update(paid=F("paid") + yuan(D("5")))
    assert Purse.objects.get().paid == D("5.10")
    Purse.objects.update(paid=D("7.5"))
    assert Purse.objects.get().paid == D("7.50")


RAW = {
    "decimal": lambda: F("paid") + D("5"),
    "int": lambda: F("paid") + 5,
    "times": lambda: F("paid") * 2,
    "rate": lambda: F("paid") * D("0.1"),
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_an_update_with_a_bare_number_is_refused_and_changes_nothing(purse, raw):
    with pytest.raises(FieldError), transaction.atomic():
        Purse.objects.update(paid=raw())
    assert Purse.objects.get().paid == D("0.10")


def test_an_update_with_another_kind_of_column_is_refused(purse):
    with pytest.raises(FieldError, match="yuan"), transaction.atomic():
        Purse.objects.update(paid=F("id"))
    assert Purse.objects.get().paid == D("0.10")


REFUSED = [
    12.34,
    True,
    "12.345",
    D("0.001"),
    D("NaN"),
    D("Infinity"),
    "1e309",
    "1e14",
    "abc",
    object(),
    "12,5",
]


@pytest.mark.parametrize(
    "value", REFUSED, ids=lambda value: type(value).__name__ if type(value) is object else repr(value)
)
def test_what_is_not_money_is_refused(purse, value):
    with pytest.raises(ValidationError):
        MoneyField().to_python(value)
    purse.price = value
    with pytest.raises(ValidationError), transaction.atomic():
        purse.save()
    assert Purse.objects.get().price == D("99.10")


@pytest.mark.parametrize(
    ("value", "kept"),
    [("12.3", "12.30"), (12, "12.00"), ("-0.01", "-0.01"), (D("1E2"), "100.00"), ("", None), (None, None)],
)
def test_what_is_money_has_two_places(value, kept):
    answer = MoneyField().to_python(value)
    assert answer is None if kept is None else str(answer) == kept


@pytest.mark.parametrize(
    ("typed", "read"), [("１２.３４", "12.34"), (" 12.3 ", "12.3"), ("0", "0"), ("-5", "-5")]
)
def test_a_form_reads_what_people_type(typed, read):
    assert MoneyField().formfield().clean(typed) == D(read)


@pytest.mark.parametrize("typed", ["12.345", "1e309", "NaN", "inf", "十二", "12元", "1" * 20, "1\x00"])
def test_a_form_refuses_what_is_no_amount(typed):
    with pytest.raises(ValidationError):
        MoneyField().formfield().clean(typed)


# --- splits

amounts = st.integers(-(10**13), 10**13).map(lambda n: D(n) / 100)
weights = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_the_parts_of_a_split_sum_to_the_whole(total, shares):
    parts = allocate(total, shares)
    assert sum(parts) == total
    assert all(part == part.quantize(FEN) for part in parts)


@given(amounts, weights)
def test_each_part_is_within_a_fen_of_its_share(total, shares):
    whole = sum(shares)
    for part, share in zip(allocate(total, shares), shares, strict=True):
        assert abs(Fraction(part) - Fraction(total) * share / whole) < Fraction(1, 100)
        assert share or not part, "no share, no money"


@given(amounts, weights)
def test_a_reversal_mirrors_its_split(total, shares):
    assert [-part for part in allocate(total, shares)] == allocate(-total, shares)


@given(st.integers(0, 10**6), st.integers(1, 9))
def test_ties_go_in_the_given_order(units, people):
    parts = allocate(D(units) / 100, [1] * people)
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= FEN


@given(amounts, weights)
def test_the_largest_remainder_gets_the_odd_fen(total, shares):
    """Nobody who got rounded down had a larger remainder than somebody who got rounded up."""
    whole, units = sum(shares), int(abs(total) * 100)
    parts = [int(abs(part) * 100) for part in allocate(total, shares)]
    remainders = [units * share % whole for share in shares]
    ups = [
        r for part, share, r in zip(parts, shares, remainders, strict=True) if part > units * share // whole
    ]
    downs = [
        r for part, share, r in zip(parts, shares, remainders, strict=True) if part == units * share // whole
    ]
    assert not ups or not downs or min(ups) >= max(downs)


@pytest.mark.parametrize(
    ("total", "shares"),
    [("1.00", []), ("1.00", [0, 0]), ("1.00", [1, -1]), ("1.001", [1])],
    ids=["nobody", "no shares", "negative", "third decimal"],
)
def test_a_split_that_makes_no_sense_is_refused(total, shares):
    with pytest.raises(ValueError, match=r"weights|total"):
        allocate(D(total), shares)


def test_half_a_fen_is_rounded_up():
    assert [fen(D(text)) for text in ("0.005", "0.015", "0.0049")] == [FEN, D("0.02"), ZERO]


# --- capitals


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10.05", "壹拾元零伍分"),
        ("1002003.40", "壹佰万贰仟零叁元肆角整"),
        ("100000000", "壹亿元整"),
        ("1000010000", "壹拾亿零壹万元整"),
        ("1234567.08", "壹佰贰拾叁万肆仟伍佰陆拾柒元零捌分"),
        ("-3.20", "负叁元贰角整"),
    ],
)
def test_amounts_in_capitals(amount, words):
    assert capitals(D(amount)) == words


@given(st.integers(100, 10**13 - 1))
def test_capitals_agree_with_an_independent_reading(cents):
    """cn2an reads the yuan part back to the number."""
    words = capitals(D(cents) / 100)
    whole, _, rest = words.partition("元")
    assert cn2an.cn2an(whole, "smart") == cents // 100
    jiao, fen_ = cents // 10 % 10, cents % 10
    digits = "零壹贰叁肆伍陆柒捌玖"
    assert (f"{digits[jiao]}角" in rest) == bool(jiao)
    assert (f"{digits[fen_]}分" in rest) == bool(fen_)
    assert rest.endswith("整") == (not fen_)


@given(st.integers(100, 10**10))
def test_capitals_agree_with_cn2an(cents):
    amount = (D(cents) / 100).quantize(FEN, ROUND_HALF_UP)
    other = cn2an.an2cn(str(amount), "rmb")
    assert capitals(amount).removesuffix("整") == other.removesuffix("整")
