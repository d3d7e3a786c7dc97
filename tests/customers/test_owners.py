"""老业主: who is silent, whom they brought, what they own, and who sees them."""

from datetime import timedelta

import pytest

from customers.queries.owners import owners_page
from customers.rules import Stage
from customers.rules.owners import OwnerCareTerms, silent_before
from customers.services.referrals import file_referral
from customers.slots import DEALS, Deal, DealSource
from salesdept import clock
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def names(page):
    return [row["name"] for row in page["rows"]]


def test_the_last_day_that_counts_is_the_terms(now):
    today = clock.business_date(now)
    assert silent_before(today, OwnerCareTerms()) == today - 90 * DAY


def test_who_was_not_spoken_to_for_too_long_is_silent(rep, project, now):
    for name, age in (("罗女士", 91), ("冯先生", 90), ("谭女士", 1)):
        make.customer(
            owner=rep,
            name=name,
            stage=Stage.SIGNED,
            now=now - 200 * DAY,
            days=400,
            last_contact_at=now - age * DAY,
        )
    make.customer(owner=rep, name="贺先生", stage=Stage.VISITED, now=now - 200 * DAY, days=400)
    page = owners_page(rep, project, "", None, now)
    assert names(page) == ["谭女士", "冯先生", "罗女士"]
    assert [row["silent"] for row in page["rows"]] == [False, False, True]
    assert [(word, count) for _, word, count, _ in page["tabs"]] == [
        ("全部老业主", "3"),
        ("90 天未联系", "1"),
    ]
    assert names(owners_page(rep, project, "silent", None, now)) == ["罗女士"]


def test_what_an_owner_is_worth_is_counted(rep, project, now, monkeypatch):
    owner = make.customer(owner=rep, name="罗女士", stage=Stage.HANDED, now=now - 90 * DAY, days=400)
    for phone in ("13812345678", "13812345679"):
        file_referral(actor=rep, referrer_id=owner.pk, name="罗晓", phone=phone, now=now)
    sold = [
        Deal(f"x:{n}", label, now.date(), owner.pk, rep.pk)
        for n, label in enumerate(("2#-1603", "车位 B-12"))
    ]
    source = DealSource(
        lambda keys: [d for d in sold if d.customer_id in keys], lambda p, r: None, lambda p, a, b: 0
    )
    monkeypatch.setattr(DEALS, "_fillers", [source])
    (row,) = owners_page(rep, project, "", None, now)["rows"]
    assert (row["brought"], row["rooms"]) == (2, ["2#-1603", "车位 B-12"])


def test_nobody_sees_owners_of_others(rep, colleague, supervisor, project, now):
    make.customer(owner=rep, name="罗女士", stage=Stage.SIGNED, now=now, days=400)
    assert names(owners_page(colleague, project, "", None, now)) == []
    assert names(owners_page(supervisor, project, "", None, now)) == ["罗女士"]
