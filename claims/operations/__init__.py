"""What people can do to cases, claims, submissions and evidence: the only code that writes them."""

from claims.operations.cases import (
    add_member,
    conclude_claim,
    open_case,
    open_claim,
    remove_member,
    reopen_claim,
    withdraw_claim,
)
from claims.operations.evidence import (
    ReceivedFile,
    Statement,
    add_evidence,
    attest_source,
    refuse_unfit,
    take_submission,
    tie_evidence,
)

__all__ = [
    "ReceivedFile",
    "Statement",
    "add_evidence",
    "add_member",
    "attest_source",
    "conclude_claim",
    "open_case",
    "open_claim",
    "refuse_unfit",
    "remove_member",
    "reopen_claim",
    "take_submission",
    "tie_evidence",
    "withdraw_claim",
]
