"""Every model of what we do about it, by name."""

from verification.models.access import FailedAttempts, StaffSession
from verification.models.archives import ArchiveLookup, LookupOutcome
from verification.models.checks import CheckRun, RunState
from verification.models.matches import (
    Descriptor,
    Fingerprint,
    Judgement,
    LocalFeatures,
    Match,
    MatchJudgement,
    Relation,
)
from verification.models.partners import ApiKey, FeedChange, FeedEntry, FeedHead, Partner, Scope
from verification.models.proposals import Act, Proposal, ProposalState
from verification.models.reviews import Authenticity, Confidence, Decision, Review, ReviewState
from verification.models.verdicts import Rating, Verdict, VerdictState
from verification.models.workers import Heartbeat

__all__ = [
    "Act",
    "ApiKey",
    "ArchiveLookup",
    "Authenticity",
    "CheckRun",
    "Confidence",
    "Decision",
    "Descriptor",
    "FailedAttempts",
    "FeedChange",
    "FeedEntry",
    "FeedHead",
    "Fingerprint",
    "Heartbeat",
    "Judgement",
    "LocalFeatures",
    "LookupOutcome",
    "Match",
    "MatchJudgement",
    "Partner",
    "Proposal",
    "ProposalState",
    "Rating",
    "Relation",
    "Review",
    "ReviewState",
    "RunState",
    "Scope",
    "StaffSession",
    "Verdict",
    "VerdictState",
]
