"""Screens of the hall and the customer file, through the real URLs."""

import re

import pytest
from django.urls import reverse

from customers.models import Customer, Department, Dispute, Feedback, FollowUp, Reception, Visit
from customers.rules import LeaseState
from salesdept import clock
from salesdept.models import Reveal
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
PHONE = "13602178846"
NEW = reverse("customers:visit_create")


def slip(turn, **values):
    return {"reception": turn.pk, "phone": PHONE, "name": "罗女士", "grade": "B", "method": "walk_in",
            "party_size": "2", "action": "save", "key": "k1", **values}  # fmt: skip


def text(response):
    return response.content.decode()


def test_a_visit_in_three_taps(login, rep):
    client = login(rep)
    assert "开始接待" in text(client.get(NEW))  # ① 登记来访
    page = client.post(reverse("customers:reception_start"), {"kind": "visit", "key": "k0"}, follow=True)  # ②
    pk = re.search(r'name="reception" value="(\d+)"', text(page))[1]
    saved = client.post(NEW, slip(Reception.objects.get(pk=pk), layouts=["三房"]), follow=True)  # ③
    assert "新客户，归属当场生效" in text(saved)
    assert "保护期至" in text(saved)
    assert "为什么" in text(saved)
    assert PHONE not in text(saved)
    assert Customer.objects.get().owner == rep


def test_opening_the_form_writes_nothing(login, rep, django_assert_num_queries):
    client = login(rep)
    client.get(NEW)
    assert not Reception.objects.exists()


def test_a_bad_form_says_where_and_keeps_the_values(login, rep, turn):
    page = login(rep).post(NEW, slip(turn, phone="1380000", note="西晒"))
    assert page.status_code == 422
    assert "手机号应为" in text(page)
    assert "西晒" in text(page)
    assert not Visit.objects.exists()


def test_a_refusal_gives_the_form_back_with_a_new_key(login, rep, turn):
    page = login(rep).post(NEW, slip(turn, next_follow_on="2020-01-01", note="西晒"))
    assert page.status_code == 409
    assert "下次跟进不能早于今天" in text(page)
    assert "西晒" in text(page)
    assert 'value="k1"' not in text(page)


def test_the_same_form_twice_is_one_visit(login, rep, turn):
    client = login(rep)
    first, again = client.post(NEW, slip(turn)), client.post(NEW, slip(turn))
    assert first.url == again.url
    assert Visit.objects.count() == 1


def test_the_same_key_with_other_data_is_refused(login, rep, turn):
    client = login(rep)
    client.post(NEW, slip(turn))
    assert client.post(NEW, slip(turn, name="另一位")).status_code == 409
    assert Visit.objects.count() == 1


@pytest.mark.parametrize("action", ["no_phone", "not_customer"])
def test_the_two_buttons_need_no_phone(action, login, rep, turn):
    login(rep).post(NEW, {"reception": turn.pk, "action": action, "key": "k"})
    row = Visit.objects.get()
    assert (row.outcome, row.customer) == (action, None)
    turn.refresh_from_db()
    assert turn.ended_at


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ("new", "可接"),
        ("mine", "我的客户：罗女士"),
        ("owned", "已有归属：许若晴"),
        ("disputed", "归属待裁决"),
    ],
)
def test_the_look_up_answers_at_once(case, answer, login, rep, colleague, turn):
    owner = {"mine": rep, "owned": colleague, "disputed": colleague}.get(case)
    if owner:
        state = LeaseState.FROZEN if case == "disputed" else LeaseState.ACTIVE
        make.customer(owner=owner, phone=PHONE, state=state)
    url = reverse("customers:lookup")
    page = login(rep).post(
        url, {"phone": "136 0217 8846", "reception": turn.pk}, headers={"HX-Request": "true"}
    )
    assert answer in text(page)
    assert f'data-answer="{case}"' in text(page)
    if case == "owned":
        assert "不在" in text(page)
        assert not re.search(r"\d{4}-\d\d-\d\d|罗女士|1360217|136\*{4}", text(page))
    assert Reveal.objects.get().kind == "lookup"
    assert PHONE not in Reveal.objects.get().reason


def test_no_look_up_outside_a_reception(login, rep, colleague):
    make.customer(owner=colleague, phone=PHONE)
    page = login(rep).post(reverse("customers:lookup"), {"phone": PHONE})
    assert page.status_code == 409
    assert "许若晴" not in text(page)


def test_without_javascript_the_look_up_gives_the_page_back(login, rep, turn):
    page = login(rep).post(reverse("customers:lookup"), slip(turn, note="西晒", kind="visit"))
    assert page.status_code == 200
    assert "可接" in text(page)
    assert "西晒" in text(page)
    assert "罗女士" in text(page)


def test_a_dispute_is_filed_from_the_look_up(login, rep, colleague, manager, turn):
    make.customer(owner=colleague, phone=PHONE)
    client = login(rep)
    client.post(
        reverse("customers:dispute_file"), {"phone": PHONE, "claim": "上周我接待过", "reception": turn.pk}
    )
    dispute = Dispute.objects.get()
    assert (dispute.filed_by, dispute.owner) == (rep, colleague)
    assert dispute.code in text(login(manager).get(reverse("customers:dispute_list")))
    case = reverse("customers:dispute_detail", args=[dispute.pk])
    assert "上周我接待过" in text(client.get(case))
    assert Customer.objects.get().owner == colleague


def test_the_file_shows_the_way_so_far_and_no_number(login, rep, turn):
    client = login(rep)
    client.post(NEW, slip(turn, note="想看中高楼层"))
    customer = Customer.objects.get()
    page = text(client.get(reverse("customers:customer_detail", args=[customer.pk])))
    assert "首次来访 · 自然来访" in page
    assert "想看中高楼层" in page
    assert "为什么" in page
    assert "136****8846" in page
    assert PHONE not in page


def test_a_colleagues_customer_is_as_missing(login, rep, colleague):
    other = make.customer(owner=colleague)
    client = login(rep)
    gone = client.get(reverse("customers:customer_detail", args=[other.pk + 1]))
    hidden = client.get(reverse("customers:customer_detail", args=[other.pk]))
    assert gone.status_code == hidden.status_code == 404


@pytest.mark.parametrize("verb", ["complete", "move", "grade", "dial", "reveal"])
def test_nothing_is_done_to_a_colleagues_customer(verb, login, rep, colleague):
    other = make.customer(owner=colleague)
    url = reverse(f"customers:customer_{verb}", args=[other.pk])
    assert login(rep).post(url, {"reason": "看看", "grade": "A", "next_on": "2099-01-01"}).status_code == 404
    assert not Reveal.objects.exists()
    assert not FollowUp.objects.exists()


def test_follow_up_edit_and_grade_from_the_file(login, rep):
    customer = make.customer(owner=rep)
    client = login(rep)

    def url(verb):
        return reverse(f"customers:customer_{verb}", args=[customer.pk])

    client.post(url("complete"), {"key": "a"})
    client.post(url("follow"), {"method": "wechat", "outcome": "sent", "content": "没回", "key": "b"})
    bare = client.post(url("grade"), {"grade": "A", "key": "c"})
    assert bare.status_code == 409
    assert "改等级须写原因" in text(bare)
    client.post(url("grade"), {"grade": "A", "reason": "本周定房", "key": "e"})
    client.post(url("edit"), {"name": "罗敏", "version": Customer.objects.get().version, "key": "d"})
    customer.refresh_from_db()
    assert (customer.name, customer.grade, customer.pinyin) == ("罗敏", "A", "luomin")
    assert sorted(FollowUp.objects.values_list("effective", "content")) == [(False, "没回"), (True, "已联系")]


def test_the_second_editor_is_stopped(login, rep):
    customer = make.customer(owner=rep)
    client, url = login(rep), reverse("customers:customer_edit", args=[customer.pk])
    client.post(url, {"name": "罗敏", "version": 0, "key": "a"})
    page = client.post(url, {"name": "罗某", "version": 0, "key": "b"})
    assert page.status_code == 409
    customer.refresh_from_db()
    assert customer.name == "罗敏"


def test_dialling_an_own_customer_is_one_logged_tap(login, rep):
    customer = make.customer(owner=rep, phone=PHONE)
    url = reverse("customers:customer_dial", args=[customer.pk])
    client = login(rep)
    assert client.post(url, headers={"HX-Request": "true"})["HX-Redirect"] == f"tel:{PHONE}"
    assert f"tel:{PHONE}" in text(client.post(url))
    assert client.post(url, {"redirect": "1"}).url == f"tel:{PHONE}"
    assert {look.kind for look in Reveal.objects.all()} == {"dial"}
    assert client.get(url).status_code == 405


def test_a_number_is_revealed_with_a_reason(login, manager, rep):
    customer = make.customer(owner=rep, phone=PHONE)
    client, url = login(manager), reverse("customers:customer_reveal", args=[customer.pk])
    assert PHONE not in text(client.post(url, {"reason": ""}, follow=True))
    assert PHONE in text(client.post(url, {"reason": "回访核实"}))
    assert Reveal.objects.get().reason == "回访核实"


def test_feedback_is_taken_signed_and_answered(login, rep, assistant):
    client = login(rep)
    client.post(
        reverse("customers:feedback_create"),
        {
            "kind": "complaint",
            "topic": "product",
            "content": "赠送面积不符",
            "customer_name": "田女士",
            "key": "a",
        },
    )
    row = Feedback.objects.get()
    copy, reply = (reverse(f"customers:feedback_{v}", args=[row.pk]) for v in ("copy", "reply"))
    client.post(copy, {"copy": "rep", "key": "b"})
    assert client.post(copy, {"copy": "assistant", "key": "c"}).status_code == 403
    client = login(assistant)
    client.post(copy, {"copy": "assistant", "key": "d"})
    forward, handle = (reverse(f"customers:feedback_{v}", args=[row.pk]) for v in ("forward", "handle"))
    client.post(reverse("customers:department_save"), {"name": "策划部", "is_active": "on", "key": "f"})
    client.post(forward, {"department": Department.objects.get().pk, "key": "g"})
    client.post(handle, {"result": "宣传册已更正", "justified": "1", "key": "h"})
    client.post(reply, {"reply": "已书面说明", "key": "e"})
    row.refresh_from_db()
    assert row.rep_copy_at
    assert row.assistant_copy_at
    assert row.reply == "已书面说明"
    assert (row.department.name, row.justified) == ("策划部", True)
    assert "已书面说明" in text(client.get(reverse("customers:feedback_detail", args=[row.pk])))


def test_the_hall_screen_knows_no_customer(login, rep, assistant):
    make.sign_in(rep)
    make.customer(owner=rep)
    page = text(login(assistant).get(reverse("customers:queue_screen")))
    assert "林知远" in page
    assert "下一位接待" in page
    assert "罗女士" not in page
    assert "候客自" not in page


def test_the_assistant_arranges_the_next_in_turn(login, rep, assistant):
    make.sign_in(rep)
    page = login(assistant).post(reverse("customers:reception_arrange"), {"key": "a"}, follow=True)
    assert Reception.objects.get().rep == rep
    assert "林知远" in text(page)


PAGES = ["customer_list", "visit_list", "call_list", "visit_create", "call_create", "queue", "queue_screen",
         "dispute_list", "feedback_list", "feedback_create"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["rep", "assistant", "supervisor", "manager", "director", "finance"])
def test_every_page_opens_for_every_role(page, role, login, request):
    client = login(request.getfixturevalue(role))
    assert client.get(reverse(f"customers:{page}")).status_code == 200


@pytest.mark.parametrize("role", ["rep", "assistant", "supervisor", "manager"])
def test_today_has_the_cards(role, login, rep, turn, request):
    make.customer(owner=rep, next_follow_on=clock.business_date(clock.now()), days=1)
    page = login(request.getfixturevalue(role)).get("/")
    assert page.status_code == 200
    wanted = {"rep": ["候客顺序", "保护期将到", "待跟进", "罗女士"], "supervisor": ["候客顺序", "待处理"]}
    for word in wanted.get(role, ["今天的来访", "待处理"]):
        assert word in text(page)
