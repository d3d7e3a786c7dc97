"""Conduct cases for tests."""

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from attendance.models import ConductCase
from attendance.rules import CaseCode


class ConductCaseFactory(DjangoModelFactory[ConductCase]):
    class Meta:
        model = ConductCase

    code = CaseCode.DRESS
    amount = Decimal("10.00")
    mode = "deduct"
    facts = factory.Sequence(lambda n: f"第 {n} 次未佩戴工牌")
    clause = "拟:pen.dress"
