"""需求交叉表: bands, several layouts, totals that agree, and who reads it."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Visit
from customers.queries.demand import demand_page
from customers.rules.demand import UNSAID, DemandTerms, Side, band, cross, words_of
from salesdept import clock
from tests.factories import customers as make

TERMS = DemandTerms()

BANDS = {
    "in the middle": ("110㎡", 20, "㎡", False, "100–120㎡"),
    "at the edge": ("120", 20, "㎡", False, "120–140㎡"),
    "a range counts by its start": ("260-300 万", 50, "万", True, "250–300万"),
    "yuan": ("2,600,000", 50, "万", True, "250–300万"),
    "without a number": ("看情况", 50, "万", True, "看情况"),
    "a part of a metre": ("99.5", 20, "㎡", False, "80–100㎡"),
}


@pytest.mark.parametrize(("text", "step", "unit", "yuan", "said"), BANDS.values(), ids=BANDS)
def test_band(text, step, unit, yuan, said):
    assert band(text, step, unit, whole_yuan=yuan) == said


def test_several_layouts_count_once_each_and_the_visitors_once():
    table = cross([("三房、四房", "260 万", 2), ("三房", "", 1)], "layouts", "budget_text", TERMS)
    assert (table.rows, table.columns) == (
        [("三房", [2, 1], 3), ("四房", [2, 0], 2)],
        ["250–300万", UNSAID],
    )
    assert (table.totals, table.visitors) == ([2, 1], 3)


def test_beyond_the_most_words_there_are_others():
    counted = [(f"区{n:02}", "三房", n + 1) for n in range(15)]
    table = cross(counted, "district", "layouts", TERMS)
    assert len(table.rows) == 13
    assert table.rows[-1] == ("其他", [1 + 2 + 3], 6)
    assert sum(total for _, _, total in table.rows) == table.visitors == sum(range(1, 16))


@given(
    st.lists(
        st.tuples(st.text(max_size=6), st.sampled_from(["", "90", "110㎡", "大户型"]), st.integers(1, 9)),
        max_size=40,
    )
)
def test_rows_and_columns_add_up_to_the_visitors(counted):
    table = cross(counted, "district", "area", TERMS)
    assert sum(table.totals) == sum(total for _, _, total in table.rows) == table.visitors
    assert all(sum(cells) == total for _, cells, total in table.rows)


@pytest.mark.parametrize("side", Side.values)
def test_nothing_said_has_its_own_row(side):
    assert words_of(side, "  ", TERMS) == (UNSAID,)


@pytest.mark.django_db
def test_the_page_counts_first_visits_of_the_term(rep, project, manager, login):
    now = clock.now()
    for n, (layouts, budget) in enumerate((("三房", "260 万"), ("三房", "270 万"), ("两房", "180 万"))):
        guest = make.customer(owner=rep, name=f"客{n}", want_layout=layouts, budget_text=budget)
        Visit.objects.create(
            project=project,
            customer=guest,
            received_by=rep,
            entered_by=rep,
            happened_at=now,
            is_first=True,
        )
    Visit.objects.update_or_create(
        project=project,
        customer=guest,
        received_by=rep,
        entered_by=rep,
        is_first=False,
        defaults={"happened_at": now, "layouts": "四房"},
    )
    page = demand_page(project, "layouts", "budget_text", now)
    assert page["visitors"] == "3"
    assert page["lines"][0] == ("三房", [("2", True), ("", False)], "2")
    shown = login(manager).get(reverse("customers:demand"), {"rows": "layouts", "columns": "budget_text"})
    assert "250–300万" in shown.content.decode()


@pytest.mark.django_db
def test_an_unknown_side_is_the_usual_one(project):
    page = demand_page(project, "owner__name", "phone", clock.now())
    assert (page["row_side"], page["column_side"]) == ("layouts", "budget_text")
