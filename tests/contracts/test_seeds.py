"""The demo office's money story: every state is there, and the books are in order."""

import pytest
from django.core.management import call_command

from attendance.models import ConductCase
from contracts.models import Contract, Receipt
from contracts.rules import ContractState
from salesdept.slots import INVARIANTS

pytestmark = pytest.mark.django_db
OURS = ("contracts.", "commissions.", "attendance.")


def test_the_demo_office_has_every_state_and_clean_books():
    call_command("seed_demo", scale="small", verbosity=0)
    assert Contract.objects.exists()
    assert set(Contract.objects.values_list("state", flat=True)) <= set(ContractState.values)
    assert Receipt.objects.pending().exists()
    assert Receipt.objects.held().exists()
    assert ConductCase.objects.exists()
    ours = [i for i in INVARIANTS if i.broken.__module__.startswith(OURS)]
    assert ours
    assert [fault for invariant in ours for fault in invariant.broken()] == []
