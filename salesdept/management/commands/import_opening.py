from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from salesdept import clock
from salesdept.errors import RuleError
from salesdept.management.sheets import SheetCommand
from salesdept.sheets.kinds import ImportKind
from salesdept.sheets.reader import open_sheet
from salesdept.slots import IMPORT_KINDS

_CLOSING = 18  # the opening ledger stands as of the close of its day


class Command(SheetCommand):
    help = "导入期初台账：房源表或客户表，按截止日记账。 Import an opening ledger as of a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="截止日，如 2026-11-01")

    def bring_in(self, options: dict[str, Any], now: datetime) -> None:
        as_of = clock.at(options["as_of"], _CLOSING)
        if as_of > now:
            raise CommandError("截止日在将来")
        super().bring_in(options, as_of)

    def the_kind(self, path: Path) -> ImportKind:
        """The kind that knows most of the sheet's columns."""
        known: list[tuple[int, ImportKind]] = []
        refusals = []
        for kind in IMPORT_KINDS:
            try:
                with open_sheet(path, path.name, kind.columns) as sheet:
                    known.append((len(sheet.header.mapped), kind))
            except RuleError as refusal:
                refusals.append(refusal)
        if not known:
            raise refusals[0] if refusals else CommandError("没有可导入的表格类型")
        return max(known, key=lambda pair: pair[0])[1]
