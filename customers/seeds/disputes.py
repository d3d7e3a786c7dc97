"""Three disputed customers: one just filed, one ruled and waiting for signatures, one closed."""

from datetime import datetime, timedelta

from customers import services
from customers.models import Dispute, OwnershipLease, Phone, Reception
from customers.rules import Contact, LeaseState
from salesdept.models import User
from salesdept.seeds import Office

CLAIMS = (
    ("rep1", timedelta(hours=3), "客户在房展会留的是我的名片，当天由我讲解"),
    ("rep3", timedelta(days=1), "上月底我接待过他爱人，有来访登记"),
    ("rep2", timedelta(days=12), "客户来电时约的是我，到访当天我轮休"),
)


def fill(office: Office) -> None:
    """Through the services, each step at its own time."""
    used: set[int] = set()
    cases = []
    for username, before, claim in CLAIMS:
        lease = _lease(office, office.people[username], office.now - before, used)
        if lease is None:
            return
        used |= {lease.customer_id, lease.rep_id}
        cases.append(_file(office, office.people[username], lease, claim, office.now - before))
    _rule(office, cases[1], office.now - timedelta(hours=20))
    _close(office, cases[2], office.now - timedelta(days=11))


def _lease(office: Office, claimant: User, at: datetime, used: set[int]) -> OwnershipLease | None:
    """A colleague's valid customer with a number, older than the claim."""
    rows = OwnershipLease.objects.filter(
        project=office.project,
        state=LeaseState.ACTIVE,
        started_at__lt=at - timedelta(hours=1),
        customer__in=Phone.objects.live().filter(project=office.project).values("customer"),
    )
    rows = rows.exclude(rep=claimant).exclude(rep__in=used).exclude(customer__in=used)
    return rows.select_related("rep").order_by("pk").first()


def _file(office: Office, claimant: User, lease: OwnershipLease, claim: str, at: datetime) -> Dispute:
    """From a look-up in a reception of that moment."""
    open_now = Reception.objects.filter(rep=claimant, ended_at__isnull=True)
    turn = open_now.first() or Reception.objects.create(
        project=office.project, rep=claimant, opened_by=claimant, kind=Contact.VISIT, started_at=at
    )
    phone = Phone.objects.live().filter(customer=lease.customer_id).order_by("pk")[0]
    dispute = services.file_dispute(
        actor=claimant,
        project=office.project,
        phone=phone.number,
        claim=claim,
        reception_id=turn.pk,
        now=at,
    )
    if turn.started_at == at:
        Reception.objects.filter(pk=turn.pk).update(ended_at=at + timedelta(minutes=30))
    return dispute


def _rule(office: Office, dispute: Dispute, at: datetime) -> None:
    """受理, 陈述, 调解, 裁决; the owner has signed."""
    owner, supervisor = dispute.owner, office.people["supervisor"]
    services.accept_dispute(actor=supervisor, dispute_id=dispute.pk, now=at)
    services.add_statement(
        actor=owner, dispute_id=dispute.pk, text="首次来访由我登记，之后一直是我跟进", now=at
    )
    services.mediate_dispute(
        actor=supervisor, dispute_id=dispute.pk, text="双方各自陈述，对首次登记的时间没有异议", now=at
    )
    services.rule_dispute(actor=office.people["manager"], dispute_id=dispute.pk, now=at + timedelta(hours=2))
    services.sign_ruling(actor=owner, dispute_id=dispute.pk, accepts=True, now=at + timedelta(hours=3))


def _close(office: Office, dispute: Dispute, at: datetime) -> None:
    """Ruled, accepted by both, executed and closed."""
    _rule(office, dispute, at)
    services.sign_ruling(
        actor=dispute.filed_by, dispute_id=dispute.pk, accepts=True, now=at + timedelta(hours=4)
    )
    services.close_dispute(
        actor=office.people["supervisor"], dispute_id=dispute.pk, now=at + timedelta(days=1)
    )
