"""Tables of the customers. Written only by customers.services."""

from customers.models.callbacks import CallBack
from customers.models.channels import (
    ChannelAgent,
    ChannelChange,
    ChannelCompany,
    ChannelFiling,
    CrossSiteFlag,
)
from customers.models.clocks import ClockStop
from customers.models.corrections import SlipCorrection
from customers.models.dialled import Dialled
from customers.models.disputes import (
    Dispute,
    DisputeFreeze,
    DisputeSeat,
    DisputeStatement,
    EvidencePack,
    FraudMark,
)
from customers.models.doubts import Doubt
from customers.models.exports import CustomerExport
from customers.models.feedback import Department, Feedback, FeedbackRound, FeedbackSeries
from customers.models.hall import Arrival, Aside, Visitor
from customers.models.handover import Handover, HandoverLine
from customers.models.households import Kinship, Merge, Namesake, PublicNumber
from customers.models.leases import OwnershipLease
from customers.models.losses import Loss
from customers.models.people import (
    Customer,
    CustomerGrant,
    Household,
    NameGram,
    Phone,
    shared_with,
    visible_through,
)
from customers.models.plans import VisitPlan
from customers.models.pool import CoFollow, ImportConflict, PoolEntry
from customers.models.queue import AbsenceRequest, DutyDesk, QueueDay, QueueEntry, TurnLog
from customers.models.recall import FollowUpVoid, Recall, RecallDraw
from customers.models.referrals import Referral
from customers.models.register import Call, FollowUp, Reception, Visit
from customers.models.rulings import DisputeRuling, RulingReceipt, RulingShare
from customers.models.selffill import SelfFill
from customers.models.standin import StandInCard
from customers.models.surveys import Survey, SurveySample
from customers.models.updates import CustomerUpdate
from customers.models.views import SavedView

__all__ = [
    "AbsenceRequest",
    "Arrival",
    "Aside",
    "Call",
    "CallBack",
    "ChannelAgent",
    "ChannelChange",
    "ChannelCompany",
    "ChannelFiling",
    "ClockStop",
    "CoFollow",
    "CrossSiteFlag",
    "Customer",
    "CustomerExport",
    "CustomerGrant",
    "CustomerUpdate",
    "Department",
    "Dialled",
    "Dispute",
    "DisputeFreeze",
    "DisputeRuling",
    "DisputeSeat",
    "DisputeStatement",
    "Doubt",
    "DutyDesk",
    "EvidencePack",
    "Feedback",
    "FeedbackRound",
    "FeedbackSeries",
    "FollowUp",
    "FollowUpVoid",
    "FraudMark",
    "Handover",
    "HandoverLine",
    "Household",
    "ImportConflict",
    "Kinship",
    "Loss",
    "Merge",
    "NameGram",
    "Namesake",
    "OwnershipLease",
    "Phone",
    "PoolEntry",
    "PublicNumber",
    "QueueDay",
    "QueueEntry",
    "Recall",
    "RecallDraw",
    "Reception",
    "Referral",
    "RulingReceipt",
    "RulingShare",
    "SavedView",
    "SelfFill",
    "SlipCorrection",
    "StandInCard",
    "Survey",
    "SurveySample",
    "TurnLog",
    "Visit",
    "VisitPlan",
    "Visitor",
    "shared_with",
    "visible_through",
]
