"""战败 and 拾回: who may be called lost, what it stops, when to try again, and how it ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers import services
from customers.models import Customer, Loss, OwnershipLease
from customers.queries.losses import lost_page
from customers.rules import Stage
from customers.rules.losses import IN_DEAL, LossReason, LossTerms, check_loss, win_back_on
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Notice
from salesdept.verdict import Denied
from tests.factories import customers as make

PHONE = "13602178846"
DAY = timedelta(days=1)
db = pytest.mark.django_db


@pytest.mark.parametrize("reason", LossReason.values)
def test_every_reason_has_its_day(reason, now):
    terms = LossTerms()
    today = clock.business_date(now)
    assert win_back_on(LossReason(reason), today, terms) == today + getattr(terms, reason) * DAY


@pytest.mark.parametrize(
    ("stage", "reason", "rival", "note", "code"),
    [
        *((stage.value, "price", "", "", "in_deal") for stage in IN_DEAL),
        ("lost", "price", "", "", "already_lost"),
        ("visited", "", "", "", "loss_unsaid"),
        ("visited", "bored", "", "", "loss_unsaid"),
        ("visited", "rival", "  ", "", "loss_unsaid"),
        ("visited", "other", "", " ", "loss_unsaid"),
    ],
)
def test_who_is_not_called_lost(stage, reason, rival, note, code):
    with pytest.raises(RuleError) as refused:
        check_loss(stage, reason, rival, note)
    assert (refused.value.code, refused.value.clause) == (code, "S38")
    assert refused.value.way_out


@db
def test_who_is_lost_leaves_the_day_until_the_reason_says_to_try_again(rep, now):
    customer = make.customer(owner=rep, now=now)
    lease = OwnershipLease.objects.get(customer=customer)
    services.mark_lost(actor=rep, customer_id=customer.pk, reason="price", now=now)
    after = Customer.objects.get(pk=customer.pk)
    assert (after.stage, after.next_follow_on) == (Stage.LOST, clock.business_date(now) + 60 * DAY)
    assert (after.owner, OwnershipLease.objects.get(pk=lease.pk).expires_on) == (rep, lease.expires_on)
    assert Event.objects.get(verb="customers.customer.lost").customer_ref == customer.pk


@db
def test_a_leader_who_says_so_is_told_to_the_owner_and_a_colleague_may_not(rep, colleague, supervisor, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(Denied):
        services.mark_lost(actor=colleague, customer_id=customer.pk, reason="price", now=now)
    services.mark_lost(actor=supervisor, customer_id=customer.pk, reason="silent", now=now)
    assert Notice.objects.filter(user=rep, title__contains="战败").count() == 1


@db
def test_won_back_is_where_he_was_with_a_next_follow_up(rep, now):
    customer = make.customer(owner=rep, stage=Stage.REVISITED, grade="B", now=now)
    services.mark_lost(actor=rep, customer_id=customer.pk, reason="not_now", now=now)
    later = now + 31 * DAY
    services.win_back(actor=rep, customer_id=customer.pk, now=later)
    loss = Loss.objects.get()
    after = Customer.objects.get(pk=customer.pk)
    assert (after.stage, loss.reopened_at, loss.reopened_by) == (Stage.REVISITED, later, rep)
    assert after.next_follow_on is not None
    assert clock.business_date(later) < after.next_follow_on < clock.business_date(later) + 31 * DAY
    with pytest.raises(RuleError) as refused:
        services.win_back(actor=rep, customer_id=customer.pk, now=later)
    assert refused.value.code == "not_lost"


@db
def test_who_comes_again_is_won_back_by_it(rep, project, now):
    customer = make.customer(owner=rep, phone=PHONE, now=now - 9 * DAY, visit_count=1)
    services.mark_lost(actor=rep, customer_id=customer.pk, reason="price", now=now - DAY)
    services.register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", now=now)
    assert Customer.objects.get(pk=customer.pk).stage == Stage.REVISITED
    assert Loss.objects.get().reopened_at == now
    assert Event.objects.filter(verb="customers.customer.won_back").count() == 1


@db
def test_a_deal_wins_back_too(rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    services.mark_lost(actor=rep, customer_id=customer.pk, reason="price", now=now)
    services.set_stage(actor=manager, customer_id=customer.pk, stage=Stage.DEPOSIT, now=now + DAY)
    assert not Loss.objects.live().exists()


@db
def test_nobody_is_lost_twice_at_once(rep, now):
    customer = make.customer(owner=rep, now=now)
    loss = services.mark_lost(actor=rep, customer_id=customer.pk, reason="price", now=now)
    with pytest.raises(IntegrityError, match=r"a_customer_is_lost_once|customer_id"), transaction.atomic():
        Loss.objects.create(
            project=loss.project, customer=customer, reason="price", was="visited", by=rep,
            lost_at=now, again_on=loss.again_on,
        )  # fmt: skip


@db
def test_the_list_counts_reasons_and_shows_whom_one_may_see(rep, colleague, supervisor, project, now):
    for reason in ("price", "price", "money"):
        person = make.customer(owner=rep, now=now)
        services.mark_lost(actor=rep, customer_id=person.pk, reason=reason, now=now)
    page = lost_page(supervisor, project, "price", None, now + 61 * DAY)
    assert [(word, number) for _, word, number, _ in page["reasons"]] == [
        ("全部", "3"), ("价格", "2"), ("资金或贷款", "1"),
    ]  # fmt: skip
    assert [row["due"] for row in page["rows"]] == [True, True]
    assert lost_page(colleague, project, "", None, now)["rows"] == []


@db
def test_the_rep_says_so_on_the_page(rep, client, now):
    customer = make.customer(owner=rep, now=clock.now())
    client.force_login(rep)
    page = reverse("customers:customer_lose", args=[customer.pk])
    assert client.get(page).status_code == 200
    refused = client.post(page, {"reason": "rival", "form_key": "lose-1"})
    assert refused.status_code == 409
    assert "竞品名称" in refused.content.decode()
    assert client.post(page, {"reason": "rival", "rival": "云栖里", "form_key": "lose-2"}).status_code == 302
    shown = client.get(reverse("customers:customer_detail", args=[customer.pk])).content.decode()
    assert "战败" in shown
    assert page not in shown
    more = client.get(reverse("customers:customer_more", args=[customer.pk])).content.decode()
    assert "买了竞品：云栖里" in more
