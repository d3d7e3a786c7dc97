"""What this app puts into the slots of lower apps."""

from collections.abc import Sequence

from django.urls import reverse

from customers import access, rules, seeds
from customers.models import CustomerExport
from customers.queries import (
    cards,
    dialled,
    duecards,
    grading,
    invariants,
    leases,
    leavers,
    losses,
    pool,
    search,
)
from customers.queries import disputes as dispute_reads
from customers.resources import KINDS
from customers.rules import disputes, particulars, queue_decide, splits
from customers.rules.clocks import ClockTerms
from customers.rules.exports import ExportTerms
from customers.rules.followups import FollowTerms, recompute_effective
from customers.rules.grades import GradingTerms, recompute_suggestion
from customers.rules.losses import LossTerms
from customers.rules.owners import OwnerCareTerms
from customers.rules.plans import PlanTerms
from customers.rules.pool import PoolTerms
from customers.services import (
    corrections,
    exports,
    nightly,
    owning,
    papers,
    queue_breaks,
    queue_desk,
    registering,
    rulings,
    transfers,
)
from customers.slots import CUSTOMER_PANELS, LEAVER_ITEMS
from customers.wiring.channels import fill as fill_channels
from customers.wiring.feedback import fill as fill_feedback
from customers.wiring.households import fill as fill_households
from customers.wiring.roles import HALL
from regulations.models import Request
from regulations.slots import APPROVALS, DECISIONS, TOPICS, ApprovalKind, DecisionKind
from salesdept.rules import LEADERS, Role
from salesdept.slots import (
    DAILY,
    HOME_CARDS,
    IMPORT_KINDS,
    INVARIANTS,
    NAV,
    REMINDER_KINDS,
    ROLE_PERMISSIONS,
    SEARCH,
    SEEDERS,
    TRIGGERS,
    DailyJob,
    Frozen,
    Grants,
    HomeCard,
    NavItem,
    Seeder,
)

_RECEIVES = (
    "customers.view_customer",
    "customers.add_visit",
    "customers.add_call",
    "customers.add_followup",
    "customers.add_dispute",
    "customers.add_feedback",
)


def _export_facts(request: Request) -> Sequence[tuple[str, str]]:
    export = CustomerExport.objects.get(pk=request.subject.rpartition(":")[2])
    return (
        ("导出", export.get_kind_display()),
        ("行数", f"{export.row_count:,}"),
        ("号码", "掩码"),
        ("编号", export.code),
    )


EXPORT = ApprovalKind(
    name=exports.REQUEST_KIND,
    label="客户资料导出",
    may_answer=access.may_agree_to_export,
    on_approved=exports.grant_export,
    on_rejected=exports.refuse_export,
    answerers=(Role.MANAGER, Role.DIRECTOR),
    facts=_export_facts,
    url=lambda _: reverse("customers:export_list"),
)


def fill() -> None:
    """Fill the slots; called once when the app is ready."""
    TOPICS.fill(rules.OwnTerms, rules.GradeTerms, rules.RegisterTerms, rules.QueueTerms, rules.FeedbackTerms)
    TOPICS.fill(ExportTerms, LossTerms, OwnerCareTerms, PlanTerms)
    _disputes()
    APPROVALS.fill(EXPORT)
    IMPORT_KINDS.fill(*KINDS)
    DECISIONS.fill(DecisionKind("customers.owner", "客户归属", rules.recompute_owner))
    # Slips keep what nobody may correct: who, when, whose, by whom.
    TRIGGERS.fill(
        # Words about people are blanked by the retention term; what happened stays.
        Frozen("customers_followup", ("content", "promise", "proof")),
        Frozen("customers_slipcorrection", ("old", "new")),
        Frozen("customers_visit", (*particulars.VISIT_PARTICULARS, "state", "completed_at")),
        Frozen(
            "customers_call",
            (*particulars.CALL_PARTICULARS, "state", "completed_at"),
            batch="import_batch",
        ),
    )
    TRIGGERS.fill(Frozen("customers_turnlog"))
    DECISIONS.fill(DecisionKind(queue_decide.KIND, "轮到谁接待", queue_decide.recompute_turn))
    REMINDER_KINDS.fill(*queue_breaks.KINDS)
    DAILY.fill(*queue_desk.DAILY_JOBS)
    INVARIANTS.fill(*invariants.QUEUE)
    fill_households()
    _registers()
    HOME_CARDS.fill(*cards.CARDS)
    SEARCH.fill(search.SOURCE)
    REMINDER_KINDS.fill(*nightly.KINDS)
    DAILY.fill(*nightly.DAILY_JOBS)
    INVARIANTS.fill(*invariants.INVARIANTS)
    LEAVER_ITEMS.fill(leavers.ITEM)
    SEEDERS.fill(Seeder("customers", 20, seeds.run))
    _losses()
    _clocks()
    fill_channels()
    fill_feedback()
    _ownership()
    _navigation()
    _permissions()


def _ownership() -> None:
    """归属: who gives customers to whom, shares, and the handover of who leaves."""
    DECISIONS.fill(DecisionKind(splits.KIND, "业绩分配", splits.recompute_split))
    TRIGGERS.fill(Frozen("customers_handover"), Frozen("customers_handoverline"))
    DAILY.fill(*owning.DAILY_JOBS)
    INVARIANTS.fill(*leases.INVARIANTS)
    HOME_CARDS.fill(
        HomeCard("customers/cards/stalled.html", leases.stalled_card, (Role.MANAGER,), order=42, side=True)
    )
    APPROVALS.fill(
        ApprovalKind(
            name=transfers.EXTEND,
            label="归属续报",
            may_answer=access.may_answer_extension,
            on_approved=transfers.extended,
            answerers=(Role.SUPERVISOR, Role.MANAGER),
            url=lambda request: reverse("customers:customer_detail", args=[request.customer_ref]),
        )
    )
    add, change = "customers.add_ownershiplease", "customers.change_ownershiplease"
    ROLE_PERMISSIONS.fill(
        Grants(Role.SUPERVISOR, (add,)),
        Grants(Role.MANAGER, (add, change)),
        Grants(Role.DIRECTOR, (change,)),
    )
    people = (Role.MANAGER, Role.DIRECTOR)
    NAV.fill(NavItem("交接", "customers:handover_list", "swap", group="管理", roles=people, order=45))


def _losses() -> None:
    """战败, the list of who may be won back, and those who bought."""
    CUSTOMER_PANELS.fill(*losses.PANELS)
    NAV.fill(NavItem("拜访计划", "customers:plan_list", "cal", roles=HALL, order=11))
    NAV.fill(NavItem("拾回名单", "customers:lost_list", "users", roles=HALL, order=13))
    NAV.fill(NavItem("老业主", "customers:owner_list", "users", roles=HALL, order=14))


def _clocks() -> None:
    """Grades, follow-ups that count, clocks that stop, the 公海 and what an import left open."""
    TOPICS.fill(GradingTerms, FollowTerms, ClockTerms, PoolTerms)
    DECISIONS.fill(
        DecisionKind("customers.grade", "建议等级", recompute_suggestion),
        DecisionKind("customers.followup", "有效跟进", recompute_effective),
    )
    TRIGGERS.fill(Frozen("customers_followupvoid"), Frozen("customers_recalldraw"))
    CUSTOMER_PANELS.fill(*grading.PANELS)
    HOME_CARDS.fill(*duecards.CARDS)
    INVARIANTS.fill(*pool.INVARIANTS)
    leaders = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
    for role in (Role.REP, Role.SUPERVISOR, Role.MANAGER):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.change_poolentry",)))
    for role in (Role.ASSISTANT, *leaders):
        ROLE_PERMISSIONS.fill(
            Grants(
                role,
                (
                    "customers.add_poolentry",
                    "customers.add_clockstop",
                    "customers.view_recall",
                    "customers.view_importconflict",
                ),
            )
        )
    for role in (Role.SUPERVISOR, Role.MANAGER):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.add_cofollow",)))
    for role in (Role.MANAGER, Role.DIRECTOR):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.change_clockstop", "customers.change_importconflict")))
    ROLE_PERMISSIONS.fill(Grants(Role.ASSISTANT, ("customers.change_recall",)))
    NAV.fill(
        NavItem("公海", "customers:pool_list", "users", roles=HALL, order=12),
        NavItem("停计日历", "customers:stop_list", "cal", group="管理", roles=HALL, order=46),
        NavItem(
            "回访抽查",
            "customers:recall_list",
            "phone",
            group="审核",
            roles=(Role.ASSISTANT, *leaders),
            order=44,
        ),
        NavItem(
            "启用预演",
            "customers:golive",
            "flag",
            group="管理",
            roles=(Role.ASSISTANT, *leaders),
            order=48,
        ),
    )


def _registers() -> None:
    """Slips that want something, what guests signed, and corrections another agrees to."""
    REMINDER_KINDS.fill(*registering.KINDS)
    CUSTOMER_PANELS.fill(*dialled.PANELS)
    HOME_CARDS.fill(*dialled.CARDS)
    TRIGGERS.fill(
        Frozen(
            "customers_selffill",
            ("voided_at", "signed_at", "signed_name", "strokes", "signature_hash", "notice_hash", "visit_id"),
        ),
        Frozen("customers_standincard"),
        Frozen("customers_dialled", ("at", "outcome", "answered_at", "booked_on")),
    )
    APPROVALS.fill(
        ApprovalKind(
            corrections.REQUEST_KIND,
            "更正登记",
            corrections.may_approve_correction,
            corrections.approve_correction,
            answerers=(Role.ASSISTANT, Role.SUPERVISOR),
            facts=corrections.correction_facts,
            url=corrections.correction_url,
        )
    )


def _disputes() -> None:
    TOPICS.fill(rules.DisputeTerms)
    HOME_CARDS.fill(
        HomeCard("customers/cards/disputes.html", dispute_reads.dispute_card, LEADERS, order=25, side=True)
    )
    DECISIONS.fill(DecisionKind(disputes.KIND, "归属争议建议裁决", disputes.resuggest))
    TRIGGERS.fill(
        Frozen("customers_disputestatement"),
        Frozen("customers_evidencepack"),
        Frozen("customers_disputeruling"),
        Frozen("customers_rulingshare"),
        Frozen("customers_rulingreceipt"),
        Frozen("customers_fraudmark"),
    )
    DAILY.fill(
        DailyJob("customers.execute_rulings", 1, rulings.execute_due),
        DailyJob("customers.sweep_papers", 4, papers.sweep_papers),
    )


def _navigation() -> None:
    NAV.fill(
        NavItem("客户", "customers:customer_list", "users", roles=HALL, order=10),
        NavItem("候客顺序", "customers:queue", "queue", roles=HALL, order=20),
        NavItem("登记簿", "customers:visit_list", "book", roles=HALL, order=24),
        NavItem("归属争议", "customers:dispute_list", "scale", group="管理", roles=HALL, order=40),
    )


def _permissions() -> None:
    for role in (Role.SUPERVISOR, Role.MANAGER):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.accept_dispute",)))
    for role in (Role.MANAGER, Role.DIRECTOR):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.mark_fraud",)))
    ROLE_PERMISSIONS.fill(Grants(Role.DIRECTOR, ("customers.hear_appeal",)))
    for role in HALL:
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.add_customerexport",)))
    for role in (Role.MANAGER, Role.DIRECTOR):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.change_customerexport",)))
    ROLE_PERMISSIONS.fill(
        Grants(Role.REP, (*_RECEIVES, "customers.add_queueentry")),
        Grants(Role.SUPERVISOR, (*_RECEIVES, "customers.add_queueentry", "customers.change_queueentry")),
        Grants(
            Role.ASSISTANT,
            (
                "customers.view_customer",
                "customers.add_visit",
                "customers.add_call",
                "customers.add_feedback",
                "customers.change_queueentry",
            ),
        ),
        Grants(Role.MANAGER, (*_RECEIVES, "customers.change_queueentry", "customers.change_dispute")),
        Grants(Role.DIRECTOR, ("customers.view_customer", "customers.change_dispute")),
    )
