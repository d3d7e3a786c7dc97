"""Registers as evidence in the demo office: one filled and signed by the guest, one still incomplete."""

from datetime import timedelta

from customers.models import Visit
from customers.rules import Contact, TurnKind
from customers.rules.register import RegisterState
from customers.services.reception import start_reception
from customers.services.register import register_visit
from customers.services.selffill import show_self_fill, sign_self_fill, token_of
from salesdept.seeds import Office

SIGNATURE = "[[[120,300],[180,180],[240,320],[300,160],[360,330],[420,200],[480,310],[540,220],[620,260]]]"
SIGNED, QUICK = ("19900000011", "董女士"), ("19900000012", "陶先生")


def fill(office: Office) -> None:
    """Two guests of the last hour: rep2's signed on her own phone, rep4's slip still wants the rest."""
    if "rep2" not in office.people or "rep4" not in office.people:
        return
    _signed(office)
    rep, now = office.people["rep4"], office.now - timedelta(minutes=25)
    register_visit(actor=rep, project=office.project, phone=QUICK[0], name=QUICK[1], now=now, note="赶时间")
    # What was entered on earlier days without the rest is weak by now.
    earlier = Visit.objects.filter(project=office.project, state=RegisterState.COMPLETE, standin=False)
    weak = list(earlier.order_by("-pk").values_list("pk", flat=True)[40:44])
    Visit.objects.filter(pk__in=weak).update(state=RegisterState.WEAK, layouts="")


def _signed(office: Office) -> None:
    rep, began = office.people["rep2"], office.now - timedelta(minutes=50)
    # She asked for rep2: whoever's turn it is in the hall just then.
    turn = start_reception(
        actor=rep, project=office.project, kind=Contact.VISIT, turn=TurnKind.NAMED, now=began
    )
    code = show_self_fill(actor=rep, reception_id=turn.pk, now=began + timedelta(minutes=5))
    sign_self_fill(
        actor=None,
        token=token_of(code),
        phone=SIGNED[0],
        name=SIGNED[1],
        consent=True,
        strokes=SIGNATURE,
        layouts=("三房",),
        area="118㎡",
        source="online",
        now=began + timedelta(minutes=9),
    )
