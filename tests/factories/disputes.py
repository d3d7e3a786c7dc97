"""A disputed customer at any step, made through the services."""

from datetime import timedelta

from customers import services
from customers.models import Dispute
from customers.rules import LeaseState
from tests.factories import customers as make

CLAIM = "上周三我先接待过这位客户"
PHONE = "13900001111"


def filed(claimant, owner, now, *, phone=PHONE, state=LeaseState.ACTIVE, **fields) -> Dispute:
    """已提出: the owner's customer, registered a day ago, claimed from a look-up."""
    make.customer(owner=owner, phone=phone, now=now - timedelta(days=1), state=state, **fields)
    turn = make.reception(claimant, now=now)
    return services.file_dispute(
        actor=claimant,
        project=claimant.projects.first(),
        phone=phone,
        claim=CLAIM,
        reception_id=turn.pk,
        now=now,
    )


def accepted(claimant, owner, supervisor, now, **fields) -> Dispute:
    return services.accept_dispute(
        actor=supervisor, dispute_id=filed(claimant, owner, now, **fields).pk, now=now
    )


def ruled(claimant, owner, supervisor, manager, now, **given) -> Dispute:
    """已裁决: the suggestion is adopted unless `given` says otherwise."""
    dispute = accepted(claimant, owner, supervisor, now)
    return services.rule_dispute(actor=manager, dispute_id=dispute.pk, now=now, **given)


def appealed(claimant, owner, supervisor, manager, now) -> Dispute:
    dispute = ruled(claimant, owner, supervisor, manager, now)
    return services.appeal_dispute(actor=claimant, dispute_id=dispute.pk, reason="漏看了我的登记", now=now)


def executed(claimant, owner, supervisor, manager, now, **given) -> Dispute:
    """已执行: both parties accepted the ruling."""
    dispute = ruled(claimant, owner, supervisor, manager, now, **given)
    for person in (claimant, owner):
        services.sign_ruling(actor=person, dispute_id=dispute.pk, accepts=True, now=now)
    return Dispute.objects.get(pk=dispute.pk)
