from salesdept.management.sheets import SheetCommand


class Command(SheetCommand):
    help = "导入客户表：先检查，整批导入或一行不动。 Import a customer sheet, all of it or nothing."
    kind = "customers"
