"""Check verdicts, checks and acts in words for people."""

from django.utils.translation import gettext_lazy as _

VERDICTS = {
    "contradicted": _("contradicted"),
    "disputed": _("disputed"),
    "corroborated": _("corroborated"),
    "consistent": _("consistent"),
    "inconclusive": _("inconclusive"),
    "not_applicable": _("not applicable"),
    "did_not_run": _("did not run"),
}
CHECKS = {
    "metadata": _("Metadata"),
    "perceptual_hash": _("Copies"),
    "reverse_date": _("Dates"),
}
ACTS = {
    "submission.received": _("received"),
    "evidence.received": _("received"),
    "evidence.tied": _("tied to a claim"),
    "evidence.checked": _("all checks settled"),
    "evidence.decided": _("decided"),
    "evidence.source_attested": _("seen at its address"),
    "archive.asked": _("an archive was asked about the address"),
    "check.finished": _("a check finished"),
    "check.did_not_run": _("a check did not run"),
    "check.retried": _("a check was tried again"),
    "checks.requested": _("checked again"),
    "match.judged": _("a match was judged"),
    "original.handed_out": _("the original was downloaded"),
    "review.asked": _("another look was asked for"),
    "review.assigned": _("taken for review"),
    "review.opened": _("a review opened"),
    "review.released": _("given back"),
}
ACTORS = {"desk": _("the desk"), "volunteer": _("a volunteer")}
BEARINGS = {
    "supports": _("speaks for the claimed time and place"),
    "contradicts": _("speaks against it"),
    "context": _("for your information"),
    "inconclusive": _("could not tell"),
}
SIGNALS = {
    "captured": _("captured, as far as the signals go"),
    "self_asserted": _("says when"),
    "not_after": _("existed by"),
    "not_before": _("file not older than"),
}
