"""Who may change the regulation's parameters, answer requests and see why something was decided."""

from collections.abc import Sequence

from django.apps import apps

from regulations.models import Decision, Request, TermsVersion
from regulations.rules import VersionState
from regulations.slots import approval_of
from salesdept.access import is_second_person, needs
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Verdict

TWO = (Role.MANAGER, Role.DIRECTOR)


def may_draft_terms(actor: User, project: Project | None = None) -> Verdict:
    """经理 or 总监, for the company or for an own project."""
    may = needs(actor, "regulations.add_termsversion", "起草制度参数")
    if not may or project is None or project.pk in actor.project_ids:
        return may
    return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的经理或总监办理")


def may_approve_terms(actor: User, request: Request) -> Verdict:
    """经理 drafts and 总监 approves, or the other way round."""
    if actor.role not in TWO or actor.role == request.requester.role or not actor.is_active:
        return Verdict("参数由经理与总监两人中另一人批准", "拟:sys.two_persons", "请另一方批准")
    if request.project_id and request.project_id not in actor.project_ids:
        return Verdict("这个项目不归你管", "拟:sys.access", "请本项目的经理或总监办理")
    return ALLOWED


def may_answer(actor: User, request: Request) -> Verdict:
    """Never one's own; beyond that, whatever the kind asks."""
    own = is_second_person(actor, request.requester)
    if not own:
        return own
    kind = approval_of(request.kind)
    may = kind.may_answer(actor, request)
    return may_sign(actor, request, kind.signers) if may and kind.signers else may


def may_sign(actor: User, request: Request, roles: Sequence[str]) -> Verdict:
    """One person of each asked role, each person once."""
    if actor.role not in roles:
        wanted = "、".join(Role(role).label for role in roles)
        return Verdict(f"这份申请由{wanted}分别签批", "拟:sys.two_persons", "请各方签批")
    if any(actor.pk == row.signer_id or actor.role == row.role for row in request.signatures.all()):
        return Verdict(f"{actor.get_role_display()}一方已签批", "拟:sys.two_persons", "等其余各方签批")
    return ALLOWED


def may_withdraw(actor: User, request: Request) -> Verdict:
    if actor.pk != request.requester_id:
        return Verdict("只有申请人能撤回", "拟:sys.approval", "请申请人撤回，或由审批人驳回")
    return ALLOWED


def may_acknowledge(actor: User, version: TermsVersion) -> Verdict:
    if version.state != VersionState.APPROVED:
        return Verdict("此版本还没有批准", "S172", "批准后再阅签")
    return ALLOWED


def may_see_decision(actor: User, decision: Decision) -> bool:
    """Whoever may see the subject may see why; where it has no `visible_to`, leaders only."""
    name, _, pk = decision.subject.partition(":")
    rows = apps.get_model(name)._default_manager.all()
    if hasattr(rows, "visible_to"):
        return bool(rows.visible_to(actor).filter(pk=pk).exists())
    return actor.is_active and actor.is_leader
