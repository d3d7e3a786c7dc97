"""The verbs around the registers for tests/test_nth_statement.py."""

import json
from datetime import timedelta

from customers import services
from customers.models import Dialled
from customers.rules import Contact
from customers.services.selffill import token_of
from salesdept import clock
from tests.customers.nth_cases import KEY, SOON, _turn, case, fresh
from tests.factories import customers as make

STROKES = json.dumps([[[x, 100] for x in range(0, 400, 20)]])


@case(services.register_visit, "only a WeChat name, witnessed")
def _(get, now):
    rep, assistant, project = get("rep"), get("assistant"), get("project")
    return lambda: services.register_visit(
        actor=fresh(assistant),
        project=project,
        phone="",
        wechat="luo_2026",
        name="罗女士",
        received_by=rep,
        now=now,
        **KEY,
    )


def _slip(get, now):
    return services.register_visit(
        actor=get("rep"), project=get("project"), phone="13900001111", name="罗女士", note="看两房", now=now
    )


@case(services.correct_slip, "what completes it")
def _(get, now):
    rep, slip = get("rep"), _slip(get, now)
    return lambda: services.correct_slip(
        actor=fresh(rep),
        kind=Contact.VISIT,
        slip_id=slip.pk,
        changes={"source": "online", "area": "110㎡"},
        now=now + SOON,
        **KEY,
    )


@case(services.request_correction)
def _(get, now):
    rep, slip = get("rep"), _slip(get, now)
    get("assistant")
    return lambda: services.request_correction(
        actor=fresh(rep),
        kind=Contact.VISIT,
        slip_id=slip.pk,
        changes={"note": "看三房"},
        reason="抄错",
        now=now + timedelta(days=1),
        **KEY,
    )


@case(services.mark_weak)
def _(get, now):
    slip = _slip(get, now)
    late = clock.at(clock.business_date(now), 22)
    return lambda: services.mark_weak(actor=None, kind=Contact.VISIT, slip_id=slip.pk, now=late)


@case(services.show_self_fill)
def _(get, now):
    rep, turn = get("rep"), _turn(get, now)
    return lambda: services.show_self_fill(actor=fresh(rep), reception_id=turn.pk, now=now + SOON, **KEY)


@case(services.sign_self_fill)
def _(get, now):
    turn = _turn(get, now)
    token = token_of(services.show_self_fill(actor=get("rep"), reception_id=turn.pk, now=now))
    return lambda: services.sign_self_fill(
        actor=None,
        token=token,
        phone="13900001111",
        name="罗女士",
        consent=True,
        strokes=STROKES,
        now=now + SOON,
    )


def _card(get, now):
    make.customer(owner=get("rep"), phone="13900001111", now=now)
    turn = make.reception(get("colleague"), now=now)
    return {"project": get("project"), "phone": "13900001111", "reception_id": turn.pk}


@case(services.open_stand_in)
def _(get, now):
    given, colleague = _card(get, now), get("colleague")
    return lambda: services.open_stand_in(actor=fresh(colleague), now=now + SOON, **given, **KEY)


@case(services.note_for_owner)
def _(get, now):
    colleague = get("colleague")
    card = services.open_stand_in(actor=colleague, now=now, **_card(get, now))
    return lambda: services.note_for_owner(
        actor=fresh(colleague),
        card_id=card.pk,
        content="看了样板间",
        promise="明天回电",
        now=now + SOON,
        **KEY,
    )


@case(services.answer_dialled)
def _(get, now):
    rep, person = get("rep"), make.customer(owner=get("rep"), now=now)
    services.dial(actor=rep, customer_id=person.pk, now=now)
    asked = Dialled.objects.get()
    return lambda: services.answer_dialled(
        actor=fresh(rep), dialled_id=asked.pk, outcome="connected", note="周末带家人来", now=now + SOON, **KEY
    )
