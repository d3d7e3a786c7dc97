from salesdept.management.sheets import SheetCommand


class Command(SheetCommand):
    help = "导入房源表：先检查，整批导入或一行不动。 Import a unit sheet, all of it or nothing."
    kind = "units"
