"""What people can do about claims and evidence: the only code that writes it."""

from verification.operations.exports import export_case
from verification.operations.intake import (
    add_to_submission,
    ask_for_review,
    attest,
    check_undescribed,
    request_checks,
    retry_run,
    submit,
    tie,
)
from verification.operations.matches import judge_match
from verification.operations.originals import hand_out_original
from verification.operations.partners import grant_case, issue_key, open_partner, revoke_key, withdraw_case
from verification.operations.proposals import (
    agree,
    propose_reading,
    propose_retraction,
    read_source,
    refuse,
    withdraw_proposal,
)
from verification.operations.resealing import reseal
from verification.operations.reviews import assign, decide, release, skip, take_next
from verification.operations.verdicts import (
    approve_verdict,
    draft_verdict,
    publish_verdict,
    return_verdict,
    revise_verdict,
)

__all__ = [
    "add_to_submission",
    "agree",
    "approve_verdict",
    "ask_for_review",
    "assign",
    "attest",
    "check_undescribed",
    "decide",
    "export_case",
    "draft_verdict",
    "grant_case",
    "hand_out_original",
    "issue_key",
    "judge_match",
    "open_partner",
    "propose_reading",
    "propose_retraction",
    "publish_verdict",
    "read_source",
    "refuse",
    "release",
    "request_checks",
    "reseal",
    "retry_run",
    "return_verdict",
    "revise_verdict",
    "revoke_key",
    "skip",
    "submit",
    "take_next",
    "tie",
    "withdraw_case",
    "withdraw_proposal",
]
