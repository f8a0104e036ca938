"""Forms about claims and evidence."""

from claims.forms.volunteers import EvidenceForm, ReceiptForm, SubmissionForm

__all__ = ["EvidenceForm", "ReceiptForm", "SubmissionForm"]
