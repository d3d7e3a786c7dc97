"""Who may read dashboards and set targets."""

from salesdept.access import needs
from salesdept.models import User
from salesdept.verdict import Verdict


def may_view_dashboard(actor: User) -> Verdict:
    return needs(actor, "performance.view_dayfigure", "查看看板")


def may_set_target(actor: User) -> Verdict:
    return needs(actor, "performance.change_target", "设定目标")


def may_send_report(actor: User) -> Verdict:
    return needs(actor, "performance.view_dayfigure", "查看日报")
