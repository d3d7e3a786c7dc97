"""One person, one household: numbers, members, public numbers, namesakes and the check at the door."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers import services
from customers.models import Customer, Kinship, Namesake, OwnershipLease, Phone, PublicNumber
from customers.queries.households import household_facts
from customers.queries.numbers import is_public_number, people_of_number, why_public
from customers.rules import Contact, LeaseState
from customers.rules.households import (
    HouseholdKind,
    KinTerms,
    LookupTerms,
    check_relation,
    known_name,
    months_before,
    number_mask,
    obviously_false,
    wechat_id,
)
from customers.services.namesakes import find_imported
from regulations.rules import from_json
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Notice
from salesdept.verdict import Denied
from tests import factories
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
PHONE, OTHER = "13602178846", "13602178847"
TERMS = from_json(KinTerms, {})


# --- rules


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("13800000000", True),
        ("11111111111", True),
        ("13800138000", True),
        ("057100000000", True),
        ("13602178846", False),
        ("13888888888", False),  # dear, but somebody's
        ("057188886666", False),
        ("057188886666-801", False),
        ("+85291234567", False),
        ("wx:aaaaaa", False),
    ],
)
def test_obviously_false_numbers(number, answer):
    assert obviously_false(number) is answer


@pytest.mark.parametrize(
    ("name", "full_name", "known"),
    [
        ("罗女士", "", ""),
        ("罗女士", "罗晓敏", "罗晓敏"),
        ("李娜", "", "李娜"),
        ("王总", "", ""),
        ("A", "", ""),
        ("Li Na", "", ""),
        ("罗", "", ""),
    ],
)
def test_only_a_full_name_makes_a_namesake(name, full_name, known):
    assert known_name(name, full_name) == known


@pytest.mark.parametrize(
    ("relation", "kind", "siblings", "allowed"),
    [
        ("spouse", "family", False, True),
        ("parent", "family", False, True),
        ("child", "family", False, True),
        ("sibling", "family", False, False),
        ("sibling", "family", True, True),
        ("other", "family", True, False),
        ("other", "company", False, True),
        ("self", "family", True, False),
        ("cousin", "family", True, False),
    ],
)
def test_who_makes_one_household(relation, kind, siblings, allowed):
    terms = from_json(KinTerms, {"siblings": siblings})
    if allowed:
        check_relation(relation, kind, terms)
    else:
        with pytest.raises(RuleError) as refused:
            check_relation(relation, kind, terms)
        assert refused.value.clause == "拟:own.kin"
        assert refused.value.way_out


@pytest.mark.parametrize("text", ["Luo_minmin", "luo-min99", "wx:luomin88"])
def test_a_wechat_contact_is_kept_apart_from_phones(text):
    stored = wechat_id(text)
    assert stored.startswith("wx:")
    assert wechat_id(stored) == stored
    assert number_mask(stored, "x") == f"微信 ****{stored[-2:]}"


@pytest.mark.parametrize("text", ["13602178846", "罗敏", "ab", "a b c d e f", ""])
def test_what_is_no_wechat_contact(text):
    with pytest.raises(RuleError, match="微信号"):
        wechat_id(text)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [("2026-11-23", 36, "2023-11-23"), ("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 1, "2025-12-15")],
)
def test_months_before(day, months, then):
    assert months_before(clock.date.fromisoformat(day), months).isoformat() == then


# --- numbers


def test_a_number_never_moves_a_first_date(rep, now):
    then = now - timedelta(days=5)
    person = make.customer(owner=rep, phone=PHONE, now=then)
    lease = OwnershipLease.objects.get()
    added = services.add_phone(actor=rep, customer_id=person.pk, phone="0571-8888 6666 转 801", now=now)
    person.refresh_from_db()
    lease.refresh_from_db()
    assert (added.number, added.added_at) == ("057188886666-801", now)
    assert (person.first_contact_at, lease.started_at) == (then, then)
    assert person.phone_masked == "136****8846"
    assert "8888" not in str(Event.objects.get(verb="customers.phone.added").changes)


@pytest.mark.parametrize("phone", ["+852 9123 4567", "028-85551234", "021-62345678-12"])
def test_numbers_from_elsewhere_are_valid(phone, rep, now):
    person = make.customer(owner=rep, now=now)
    assert services.add_phone(actor=rep, customer_id=person.pk, phone=phone, now=now).pk


def test_a_number_added_later_proves_nothing_about_earlier(rep, colleague, assistant, project, now):
    """A hears of a guest's number and adds it to an own file; the guest's own rep enters her late."""
    mine = make.customer(owner=rep, phone=PHONE, now=now - timedelta(days=9))
    services.add_phone(actor=rep, customer_id=mine.pk, phone=OTHER, now=now - timedelta(hours=1))
    visit = services.register_visit(
        actor=colleague,
        project=project,
        phone=OTHER,
        name="罗女士",
        now=now,
        happened_at=now - timedelta(hours=3),
    )
    mine.refresh_from_db()
    assert visit.customer == mine
    assert mine.owner == rep
    answer = Event.objects.get(verb="customers.visit.registered").changes["answer"]
    assert answer == "disputed"


def test_a_number_added_before_counts(rep, colleague, project, now):
    mine = make.customer(owner=rep, phone=PHONE, now=now - timedelta(days=9))
    services.add_phone(actor=rep, customer_id=mine.pk, phone=OTHER, now=now - timedelta(hours=5))
    services.register_visit(
        actor=colleague,
        project=project,
        phone=OTHER,
        name="罗女士",
        now=now,
        happened_at=now - timedelta(hours=3),
    )
    assert Event.objects.get(verb="customers.visit.registered").changes["answer"] == "owned"


def test_anothers_number_needs_the_assistant_who_is_led_to_a_merge(rep, colleague, assistant, now):
    mine = make.customer(owner=rep, now=now)
    theirs = make.customer(owner=colleague, phone=OTHER, now=now)
    with pytest.raises(RuleError) as refused:
        services.add_phone(actor=rep, customer_id=mine.pk, phone=OTHER, now=now)
    assert (refused.value.code, refused.value.clause) == ("number_taken", "拟:own.number_added")
    assert "助理" in refused.value.way_out
    assert str(theirs.pk) not in refused.value.url
    with pytest.raises(RuleError) as led:
        services.add_phone(actor=assistant, customer_id=mine.pk, phone=OTHER, now=now)
    assert led.value.url == f"/customers/{mine.pk}/merge/?with={theirs.pk}"
    assert Phone.objects.count() == 2


def test_nobody_adds_to_anothers_file(rep, colleague, now):
    theirs = make.customer(owner=colleague, now=now)
    with pytest.raises(Denied):
        services.add_phone(actor=rep, customer_id=theirs.pk, phone=OTHER, now=now)


def test_a_number_handed_on_is_detached_with_a_reason(rep, colleague, project, now):
    person = make.customer(owner=rep, phone=PHONE, now=now)
    phone = Phone.objects.get()
    with pytest.raises(RuleError, match="原因"):
        services.detach_phone(actor=rep, phone_id=phone.pk, reason=" ", now=now)
    services.detach_phone(actor=rep, phone_id=phone.pk, reason="已换号", now=now)
    person.refresh_from_db()
    phone.refresh_from_db()
    assert (person.phone_masked, phone.detached_at, phone.number) == ("", now, PHONE)
    services.register_visit(actor=colleague, project=project, phone=PHONE, name="贺先生", now=now)
    assert Customer.objects.get(name="贺先生").owner == colleague


def test_a_wechat_contact_needs_the_assistant(rep, assistant, now):
    person = make.customer(owner=rep, phone="", now=now)
    with pytest.raises(Denied, match="助理"):
        services.add_wechat(actor=rep, customer_id=person.pk, wechat="luomin88", now=now)
    phone = services.add_wechat(actor=assistant, customer_id=person.pk, wechat="luomin88", now=now)
    person.refresh_from_db()
    assert (phone.witness, person.phone_masked) == (assistant, "微信 ****88")
    with pytest.raises(RuleError, match="没有留号码"):
        services.dial(actor=rep, customer_id=person.pk, now=now)


# --- public numbers


def test_a_public_number_matches_nobody(rep, assistant, manager, project, now):
    services.add_public_number(actor=assistant, project=project, phone=PHONE, reason="某渠道", now=now)
    assert is_public_number(PHONE, project)
    with pytest.raises(RuleError) as refused:
        services.register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", now=now)
    assert refused.value.code == "public_number"
    assert "某渠道" in refused.value.message
    assert refused.value.way_out
    assert not Customer.objects.exists()
    row = PublicNumber.objects.get()
    with pytest.raises(Denied):
        services.remove_public_number(actor=assistant, public_id=row.pk, reason="误列", now=now)
    services.remove_public_number(actor=manager, public_id=row.pk, reason="现为客户本人", now=now)
    assert services.register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", now=now)


def test_a_known_customers_number_stops_matching_once_it_is_public(rep, assistant, project, now):
    make.customer(owner=rep, phone=PHONE, now=now)
    assert people_of_number(PHONE, project)
    services.add_public_number(actor=assistant, project=None, phone=PHONE, reason="某公司总机", now=now)
    assert people_of_number(PHONE, project) == []


def test_the_phones_of_staff_are_public_of_themselves(rep, project):
    rep.phone = OTHER
    rep.save()
    assert why_public(OTHER, project) == "员工号码"


def test_a_project_number_is_public_there_only(assistant, project, now):
    services.add_public_number(actor=assistant, project=project, phone=PHONE, reason="某渠道", now=now)
    assert not is_public_number(PHONE, factories.ProjectFactory())
    with pytest.raises(RuleError, match="已在公共号码里"):
        services.add_public_number(actor=assistant, project=project, phone=PHONE, reason="又一次", now=now)


def test_only_the_assistant_lists_a_public_number(rep, project, now):
    with pytest.raises(Denied):
        services.add_public_number(actor=rep, project=project, phone=PHONE, reason="同行", now=now)


def test_no_public_number_comes_in_by_sheet(assistant, project, now):
    services.add_public_number(actor=assistant, project=project, phone=PHONE, reason="某渠道", now=now)
    row = {"name": "王丽", "phone": PHONE}
    with pytest.raises(RuleError, match="公共号码"):
        services.create_customers(actor=assistant, project=project, rows=[row], batch_id=1, now=now)
    assert not Customer.objects.exists()


# --- people of one household


def test_a_second_person_shares_the_number(rep, colleague, project, now):
    person = make.customer(owner=rep, phone=PHONE, now=now - timedelta(days=3))
    wife = services.add_member(
        actor=rep, customer_id=person.pk, name="贺太太", relation="spouse", proof="结婚证", now=now
    )
    assert wife.household == person.household
    assert wife.phone_masked == "136****8846"
    assert [p.pk for p in people_of_number(PHONE, project)] == [person.pk, wife.pk]
    assert wife.owner == rep
    assert OwnershipLease.objects.get(customer=wife).started_at == now
    kin = Kinship.objects.get()
    assert (kin.proof, kin.seen_by) == ("结婚证", rep)
    assert services.dial(actor=rep, customer_id=wife.pk, now=now) == PHONE


def test_a_second_person_with_an_own_number_leads_to_the_same_household(rep, colleague, project, now):
    """6.7 case 1 and 2: the wife comes with her number and is received by B; she stays A's."""
    person = make.customer(owner=rep, phone=PHONE, now=now - timedelta(days=3))
    wife = services.add_member(
        actor=rep, customer_id=person.pk, name="贺太太", relation="spouse", phone=OTHER, now=now
    )
    visit = services.register_visit(actor=colleague, project=project, phone=OTHER, name="贺太太", now=now)
    assert (visit.customer, visit.standin) == (wife, True)


def test_who_stands_at_the_table_is_chosen(rep, project, turn, now):
    person = make.customer(owner=rep, phone=PHONE)
    wife = services.add_member(
        actor=rep, customer_id=person.pk, name="贺太太", relation="spouse", now=clock.now()
    )
    found = services.lookup(actor=rep, phone=PHONE, project=project, reception_id=turn.pk, now=clock.now())
    assert found.people == ((person.pk, "罗女士"), (wife.pk, "贺太太"))
    visit = services.register_visit(
        actor=rep,
        project=project,
        phone=PHONE,
        name="贺太太",
        person_id=wife.pk,
        reception_id=turn.pk,
        now=clock.now(),
    )
    assert visit.customer == wife


def test_a_strangers_key_chooses_nobody(rep, colleague, project, now):
    person = make.customer(owner=rep, phone=PHONE, now=now)
    stranger = make.customer(owner=colleague, now=now)
    visit = services.register_visit(
        actor=rep, project=project, phone=PHONE, name="罗女士", person_id=stranger.pk, now=now
    )
    assert visit.customer == person


def test_a_company_is_one_household(rep, assistant, project, now):
    """6.7 case 17: five employees, one buyer."""
    person = make.customer(owner=rep, phone=PHONE, now=now)
    with pytest.raises(RuleError, match="单位名称"):
        services.set_household_kind(actor=rep, customer_id=person.pk, kind="company", now=now)
    with pytest.raises(RuleError, match="不算同一客户组"):
        services.add_member(actor=rep, customer_id=person.pk, name="李工", relation="other", now=now)
    services.set_household_kind(
        actor=rep, customer_id=person.pk, kind="company", name="青禾机电公司", now=now
    )
    member = services.add_member(actor=rep, customer_id=person.pk, name="李工", relation="other", now=now)
    home = member.household
    assert (home.kind, home.name) == (HouseholdKind.COMPANY, "青禾机电公司")
    assert member.owner == rep


def test_a_household_under_dispute_does_not_grow(rep, now):
    person = make.customer(owner=rep, now=now, state=LeaseState.FROZEN)
    with pytest.raises(RuleError, match="裁决前"):
        services.add_member(actor=rep, customer_id=person.pk, name="贺太太", relation="spouse", now=now)


def test_own_kin_is_declared_on_the_first_day(rep, colleague, now):
    person = make.customer(owner=rep, now=now)
    with pytest.raises(Denied):
        services.declare_own_kin(actor=colleague, customer_id=person.pk, now=now)
    with pytest.raises(RuleError) as late:
        services.declare_own_kin(actor=rep, customer_id=person.pk, now=now + timedelta(days=1))
    assert late.value.clause == "拟:own.own_kin_of_rep"
    services.declare_own_kin(actor=rep, customer_id=person.pk, now=now)
    person.refresh_from_db()
    assert (person.kin_of, person.kin_declared_at) == (rep, now)
    assert household_facts(person.pk)["members"][0]["own_kin_of"] == rep.pk


def test_consent_says_when_and_by_whom(rep, project, now):
    visit = services.register_visit(
        actor=rep, project=project, phone=PHONE, name="罗女士", consent=True, now=now
    )
    person = Customer.objects.get(pk=visit.customer_id)
    assert (person.consent, person.consent_at, person.consent_by) == (True, now, rep)


# --- namesakes


def test_the_same_full_name_is_a_candidate_and_nothing_more(rep, colleague, assistant, now):
    first = make.customer(owner=rep, name="李娜", now=now)
    second = make.customer(owner=colleague, name="李娜", now=now)
    make.customer(owner=colleague, name="李纳", now=now)  # only sounds alike
    pair = Namesake.objects.get()
    assert (pair.first, pair.second, pair.state) == (first, second, "open")
    assert first.household != second.household
    with pytest.raises(Denied):
        services.deny_namesake(actor=rep, namesake_id=pair.pk, reason="年龄不同", now=now)
    services.deny_namesake(actor=assistant, namesake_id=pair.pk, reason="年龄不同", now=now)
    second.full_name = "李娜"
    services.edit_customer(
        actor=colleague, customer_id=second.pk, version=0, changes={"full_name": "李娜"}, now=now
    )
    assert Namesake.objects.get().state == "other"


def test_a_full_name_learnt_later_finds_its_namesake(rep, colleague, now):
    make.customer(owner=rep, name="罗晓敏", now=now)
    person = make.customer(owner=colleague, name="罗女士", now=now)
    assert not Namesake.objects.exists()
    services.edit_customer(
        actor=colleague, customer_id=person.pk, version=0, changes={"full_name": "罗晓敏"}, now=now
    )
    assert Namesake.objects.get().second == person


def test_imported_namesakes_are_found_at_night(rep, assistant, project, now):
    make.customer(owner=rep, name="蒋文博", now=now)
    rows = [{"name": "蒋文博", "phone": OTHER}, {"name": "彭雨桐", "phone": PHONE}]
    services.create_customers(actor=assistant, project=project, rows=rows, batch_id=1, now=now)
    find_imported(clock.business_date(now), now + timedelta(hours=12))
    find_imported(clock.business_date(now), now + timedelta(hours=12))
    assert Namesake.objects.get().second.name == "蒋文博"


# --- the check at the door


def test_looks_are_alarmed_and_then_stopped(rep, manager, assistant, project, turn):
    now = clock.now()
    terms = from_json(LookupTerms, {})

    def look():
        return services.lookup(actor=rep, phone=PHONE, project=project, reception_id=turn.pk, now=now)

    for _ in range(terms.alarm - 1):
        look()
    assert not Notice.objects.filter(key__contains="lookups").exists()
    look()
    assert {n.user for n in Notice.objects.filter(key__contains="lookups")} == {manager, assistant}
    for _ in range(terms.limit - terms.alarm):
        look()
    with pytest.raises(RuleError) as refused:
        look()
    assert (refused.value.code, refused.value.clause) == ("too_many_lookups", "S30")
    assert refused.value.way_out


def test_a_public_number_is_answered_as_wrong(rep, assistant, project, turn):
    services.add_public_number(
        actor=assistant, project=project, phone=PHONE, reason="某渠道", now=clock.now()
    )
    found = services.lookup(actor=rep, phone=PHONE, project=project, reception_id=turn.pk, now=clock.now())
    assert found.answer == "invalid"
    assert "公共号码" in found.problem


SECRETS = {
    "name": "慕容雪艳",
    "note": "只看顶楼西晒",
    "want_layout": "复式五房",
    "budget_text": "八百八十万",
    "last_note": "周五签字带定金",
}


@pytest.mark.parametrize("state", [LeaseState.ACTIVE, LeaseState.FROZEN, LeaseState.LOCKED])
@pytest.mark.parametrize("htmx", [True, False])
def test_the_answer_for_anothers_customer_holds_nothing_else(state, htmx, login, rep, colleague, turn):
    """Every byte that is not in the answer for another owner's other customer is the owner's name."""
    make.customer(owner=colleague, phone=PHONE, state=state, grade="A", visit_count=7, **SECRETS)
    make.customer(owner=colleague, phone=OTHER, state=state, name="罗女士", grade="C")
    headers = {"HX-Request": "true"} if htmx else {}
    url = reverse("customers:lookup")

    def ask(phone):
        page = login(rep).post(url, {"phone": phone, "reception": turn.pk}, headers=headers)
        return page.content.decode().replace(phone, "")

    answer = ask(PHONE)
    assert [word for word in SECRETS.values() if word in answer] == []
    if htmx:  # without htmx the page has its own form key and times
        assert answer == ask(OTHER)
        assert ("许若晴" in answer) == (state != LeaseState.FROZEN)


def test_a_rep_finds_no_colleagues_customer_anywhere(login, rep, colleague, turn, now):
    theirs = make.customer(owner=colleague, phone=PHONE, **SECRETS)
    services.register_visit(
        actor=colleague, project=turn.project, phone=PHONE, name="慕容雪艳", note="顶楼", now=clock.now()
    )
    client = login(rep)
    for q in ("慕容雪艳", "murong", "mrxy", "8846", PHONE, "慕容"):
        for url in (
            f"/search/?q={q}",
            f"/customers/?q={q}",
            f"/customers/?tab=all&q={q}",
            f"/customers/?tab=pool&q={q}",
            f"/customers/{theirs.pk}/merge/?q={q}",
        ):
            page = client.get(url).content.decode().replace(q, "")
            assert "慕容雪艳" not in page
            assert "136****8846" not in page
            assert f"/customers/{theirs.pk}/" not in page.replace(f"/customers/{theirs.pk}/merge/", "")
    for name in ("visit_list", "call_list", "dispute_list", "feedback_list", "queue", "namesake_list"):
        page = client.get(reverse(f"customers:{name}")).content.decode()
        assert "慕容雪艳" not in page, name
    assert client.get(f"/customers/{theirs.pk}/").status_code == 404


def test_a_member_of_a_colleague_is_not_named(login, rep, colleague, now):
    person = make.customer(owner=rep, now=now)
    theirs = make.customer(owner=colleague, name="慕容雪艳", household=person.household, phone="", now=now)
    page = login(rep).get(f"/customers/{person.pk}/").content.decode()
    assert "慕容雪艳" not in page
    assert "同组客户（归属他人）" in page
    assert f"/customers/{theirs.pk}/" not in page


def test_facts_for_the_evidence(rep, assistant, project, now):
    person = make.customer(owner=rep, phone=PHONE, now=now - timedelta(days=2))
    services.add_phone(actor=rep, customer_id=person.pk, phone=OTHER, now=now)
    facts = household_facts(person.pk)
    assert [n["number"] for n in facts["numbers"]] == ["136****8846", "136****8847"]
    assert facts["numbers"][1]["counts_from"] == Phone.objects.get(number=OTHER).added_at.isoformat()
    assert facts["leases"][0]["rep"] == rep.pk
    assert PHONE not in str(facts)


def test_the_call_at_the_door_asks_too(rep, colleague, project):
    make.customer(owner=colleague, phone=PHONE)
    turn = make.reception(rep, kind=Contact.CALL)
    found = services.lookup(actor=rep, phone=PHONE, project=project, reception_id=turn.pk, now=clock.now())
    assert (found.answer, found.owner, found.name, found.people) == ("owned", "许若晴", "", ())


def test_the_form_asks_who_of_the_household_came(login, rep, project, turn):
    person = make.customer(owner=rep, phone=PHONE)
    wife = services.add_member(
        actor=rep, customer_id=person.pk, name="贺太太", relation="spouse", now=clock.now()
    )
    client = login(rep)
    asked = client.post(
        reverse("customers:lookup"), {"phone": PHONE, "reception": turn.pk}, headers={"HX-Request": "true"}
    )
    assert f'name="person" value="{wife.pk}"' in asked.content.decode()
    saved = client.post(
        reverse("customers:visit_create"),
        {
            "reception": turn.pk, "phone": PHONE, "name": "贺太太", "grade": "B", "method": "walk_in",
            "party_size": "2", "action": "save", "key": "k1", "person": wife.pk,
        },
    )  # fmt: skip
    assert saved.status_code == 302
    assert wife.visits.count() == 1


def test_the_pages_do_what_they_offer(login, rep, assistant, manager, project, now, monkeypatch):
    """Every button of the household, through its real form."""
    monkeypatch.setattr(clock, "now", lambda: now)
    person = make.customer(owner=rep, phone=PHONE, now=now)
    other = make.customer(owner=rep, phone=OTHER, name="罗小敏", now=now)
    client, base = login(rep), f"/customers/{person.pk}/"

    def send(path, **values):
        answer = client.post(path, values)
        assert answer.status_code == 302, path
        return answer.url

    send(f"{base}number/", phone="13602178840", key="1")
    send(f"{base}member/", name="贺太太", relation="spouse", proof="结婚证", key="2")
    send(f"{base}own-kin/", key="3")
    send(f"{base}household/", kind="company", name="青禾机电公司", key="4")
    page = client.get(base).content.decode()
    assert all(word in page for word in ("136****8840", "贺太太", "员工亲友", "青禾机电公司", "结婚证"))
    client = login(assistant)
    send(f"{base}wechat/", wechat="luomin88", key="5")
    send("/customers/public-numbers/", phone="13602178841", reason="某渠道", company="on", key="6")
    found = client.get(f"{base}merge/?q=8847").content.decode()
    assert f"?with={other.pk}" in found
    url = send(f"{base}merge/", other=other.pk, kind="person", reason="同一人", key="7")
    assert "罗小敏" in client.get(url).content.decode()
    client = login(manager)
    pk = url.rstrip("/").rpartition("/")[2]
    send(f"/regulations/requests/{pk}/approve/", answer="同意", key="8")
    assert client.get(f"/customers/{other.pk}/").url == base
    assert "罗小敏" in client.get("/customers/merges/").content.decode()
    send(f"/customers/public-numbers/{PublicNumber.objects.get().pk}/remove/", reason="客户本人", key="9")
    assert not PublicNumber.objects.live().exists()
