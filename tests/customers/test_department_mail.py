"""A complaint goes to its department by mail: queued with the forwarding, without a name or number."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers import services
from customers.models import Department
from salesdept import clock
from salesdept.formats import words_mask
from salesdept.models import Delivery
from salesdept.services.tick import tick
from tests.factories import feedback as made

pytestmark = pytest.mark.django_db
MAIL = "works@example.com"


@pytest.fixture
def people(rep, assistant, supervisor):
    return {"rep": rep, "assistant": assistant, "supervisor": supervisor}


@pytest.fixture
def department(project):
    return Department.objects.create(project=project, name="工程部", person="老周", mail=MAIL)


def forwarded(people, department, now, **given):
    row = made.complaint(people, "filed", now, **given)
    return services.forward_feedback(
        actor=people["assistant"], feedback_id=row.pk, department_id=department.pk, now=now
    )


def test_forwarding_mails_the_department_what_is_to_be_done_by_when(people, department, now):
    row = forwarded(people, department, now)
    assert tick(now=now).sent == 1
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == ([MAIL], f"{row.code} 请处理客户反馈")
    assert "样板间空调不制冷" in sent.body
    assert "2026-11-26 18:00" in sent.body
    assert sent.message()["Message-ID"] == f"<{Delivery.objects.get().dedupe_key}@salesdept>"


def test_the_mail_names_nobody_and_no_number(people, department, now):
    row = made.complaint(people, "filed", now)
    said = f"{row.customer_name}说请打 139 0000 1111，身份证 330102199003070038"
    type(row).objects.filter(pk=row.pk).update(content=said, room="2#-1603")
    services.forward_feedback(
        actor=people["assistant"], feedback_id=row.pk, department_id=department.pk, now=now
    )
    tick(now=now)
    body = mail.outbox[0].body
    for word in (row.customer_name, "2#-1603", "139 0000 1111", "13900001111", "330102199003070038"):
        assert word not in body
    assert "客户说请打 139****1111，身份证 3301****0038" in body


def test_what_was_sent_is_not_kept(people, department, now):
    forwarded(people, department, now)
    assert "空调" in Delivery.objects.get().body
    tick(now=now)
    assert Delivery.objects.get().body == ""


def test_the_page_says_what_became_of_the_mail(people, department, login, assistant, now, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: now)
    url = reverse("customers:feedback_detail", args=[forwarded(people, department, now).pk])
    assert "邮件待发" in login(assistant).get(url).content.decode()
    tick(now=now)
    assert "邮件已发" in login(assistant).get(url).content.decode()


def test_a_broken_mailer_refuses_nothing_and_is_tried_again(people, department, now, settings):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 9, "timeout": 1},
        }
    }
    forwarded(people, department, now)
    assert tick(now=now).unsent == 1
    assert Delivery.objects.get().failed == "mail: ConnectionRefusedError"


def test_urging_writes_again(people, department, now):
    row = forwarded(people, department, now)
    later = now + timedelta(hours=2)
    services.urge_feedback(actor=people["assistant"], feedback_id=row.pk, now=later)
    assert tick(now=later).sent == 2
    assert mail.outbox[1].subject == f"{row.code} 催办：请尽快处理客户反馈"


def test_a_contact_with_the_same_address_gets_one_mail(people, department, manager, now):
    manager.email = MAIL
    manager.save(update_fields=["email"])
    department.contact = manager
    department.save()
    forwarded(people, department, now)
    assert tick(now=now).sent == 1


def test_control_a_department_without_address_gets_none(people, project, now):
    forwarded(people, made.department(project), now)
    assert not Delivery.objects.exists()


def test_a_delivery_is_a_notice_or_a_letter(now):
    with (
        pytest.raises(IntegrityError, match=r"a_delivery_is_a_notice_or_a_letter|CHECK"),
        transaction.atomic(),
    ):
        Delivery.objects.create(channel="wecom", dedupe_key="x", due_at=now, mail_to=MAIL)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("打139-0000-1111", "打139****1111"),
        ("１３９００００１１１１", "139****1111"),
        ("0571 8888 6666", "057****6666"),
        ("33010219900307003X", "3301****003X"),
        ("2026-11-23 到 2#-1603，120000 元", "2026-11-23 到 2#-1603，120000 元"),
    ],
)
def test_numbers_in_words_are_masked(said, shown):
    assert words_mask(said) == shown
