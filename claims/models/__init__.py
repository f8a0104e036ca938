"""Every model of what people tell us, by name."""

from claims.models.cases import Case, Membership, Role
from claims.models.claims import Claim, ClaimCategory, ClaimState
from claims.models.custody import CustodyEvent, CustodyHead, RecordReading, TimeStamp
from claims.models.evidence import Evidence, EvidenceState, MediaFile, Stance
from claims.models.submissions import Consent, SealedKind, SealedPart, Submission

__all__ = [
    "Case",
    "Claim",
    "ClaimCategory",
    "ClaimState",
    "Consent",
    "CustodyEvent",
    "CustodyHead",
    "Evidence",
    "EvidenceState",
    "MediaFile",
    "Membership",
    "RecordReading",
    "Role",
    "SealedKind",
    "SealedPart",
    "Stance",
    "Submission",
    "TimeStamp",
]
