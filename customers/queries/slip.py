"""One slip as the result card after saving: whose, until when, what is next, and why."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import Call, Customer, SelfFill, Visit
from customers.queries.profile import lease_facts
from customers.queries.slips import kind_of, missing_in, terms_of
from customers.rules import RegisterTerms, check_correctable
from customers.rules.particulars import PARTICULARS, shown
from customers.rules.register import words_of
from regulations.models import Decision
from regulations.queries import terms_for
from salesdept import clock
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError
from salesdept.formats import cn_date, cn_time, days_left
from salesdept.journal import label
from salesdept.models import User

ANSWERS = {
    "new": ("新客户，归属当场生效", "notice--ok", "check"),
    "mine": ("我的客户，归属续期", "notice--ok", "check"),
    "owned": ("记为义务接待，归属不变", "notice--warn", "alert"),
    "disputed": ("归属待裁决，登记已留作证据", "notice--warn", "scale"),
}


def slip_page(user: User, slip: Visit | Call, now: datetime) -> dict[str, Any]:
    today = clock.business_date(now)
    is_visit = isinstance(slip, Visit)
    visible = slip.customer_id and Customer.objects.visible_to(user).filter(pk=slip.customer_id).exists()
    decision = Decision.objects.filter(subject=label(slip), kind="customers.owner").order_by("-pk").first()
    answer = decision.result.get("answer", "") if decision else ""
    title, css, icon = ANSWERS.get(answer, (slip.get_outcome_display(), "", "info"))
    customer = slip.customer if visible else None
    next_on = customer.next_follow_on if customer else None
    return {
        "heading": "来访登记" if is_visit else "来电登记",
        "slip": slip,
        "pk": str(slip.pk),
        "kind": "visit" if is_visit else "call",
        "kind_word": "来访" if is_visit else "来电",
        "method": slip.get_method_display() if isinstance(slip, Visit) else "来电",
        "when": cn_time(slip.happened_at, now),
        "title": title,
        "css": css,
        "icon": icon,
        "customer": customer,
        "customer_pk": str(slip.customer_id or ""),
        "owner": customer.owner.name if customer and customer.owner else "",
        "lease": lease_facts(customer, today) if customer else None,
        "next_on": f"{cn_date(next_on, today)}（{days_left(next_on, today)}）" if next_on else "",
        "decision": decision,
        "particulars": _particulars(slip),
        "event_at": _clock(slip.happened_at),
        "saved_at": _clock(slip.created_at),
        "device_at": _clock(slip.device_at) if slip.device_at else "",
        "corrections": _corrections(slip, now),
        "may_correct": bool(access.may_correct(user, slip)),
        "is_open": is_correctable(slip, now),
        **_state(slip),
    }


def _clock(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def is_correctable(slip: Visit | Call, now: datetime) -> bool:
    """Whether its author may still change it without asking."""
    terms = terms_for(RegisterTerms, on=clock.business_date(slip.happened_at), project=slip.project_id)
    try:
        check_correctable(
            slip.happened_at.astimezone(SHANGHAI), now.astimezone(SHANGHAI), terms, slip.late_entry
        )
    except RuleError:
        return False
    return True


def _particulars(slip: Visit | Call) -> list[tuple[str, str]]:
    """What the slip says, by the names of its columns; what says nothing is left out."""
    kind = kind_of(slip)
    said = [(field, getattr(slip, field)) for field in PARTICULARS[kind] if field not in ("grade", "method")]
    return [
        (str(slip._meta.get_field(field).verbose_name), shown(field, value))  # type: ignore[union-attr]
        for field, value in said
        if value not in ("", None, False)
    ]


def _corrections(slip: Visit | Call, now: datetime) -> list[dict[str, Any]]:
    """Each change: who, when, why, who agreed, and old beside new."""
    rows = slip.corrections.select_related("by", "approved_by")
    return [
        {
            "who": row.by.name,
            "when": cn_time(row.at, now),
            "reason": row.reason,
            "approved": row.approved_by.name if row.approved_by else "",
            "lines": [
                (
                    str(slip._meta.get_field(field).verbose_name),  # type: ignore[union-attr]
                    shown(field, row.old.get(field)),
                    shown(field, value),
                )
                for field, value in row.new.items()
            ],
        }
        for row in rows
    ]


STATES = {"complete": "tag--ok", "pending": "tag--warn", "weak": "tag--bad", "refused": "tag--outline"}


def _state(slip: Visit | Call) -> dict[str, Any]:
    """How far it is filled, what is missing, whose hand, and the signature behind it."""
    terms = terms_of(slip)
    fill = SelfFill.objects.filter(visit=slip).first() if isinstance(slip, Visit) else None
    return {
        "state": slip.get_state_display(),
        "state_css": STATES.get(slip.state, ""),
        "left": words_of(missing_in(slip, terms), terms),
        "evidence": slip.get_evidence_display(),
        "signature": str(fill.pk) if fill else "",
        "signed": fill,
        "withheld": slip.get_refusal_display() if slip.refusal else "",
    }
