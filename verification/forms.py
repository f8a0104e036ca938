"""Forms of the verbs on reviews, matches and evidence: one class a verb, shared by every door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from claims.forms.fields import RecordField
from claims.isolation import isolated, neutral
from claims.models import Case, Claim, Stance
from verification.models import Authenticity, Confidence, Judgement, ReviewState
from verification.words import VERDICTS

JUDGEMENTS = [(each.value, each.label) for each in Judgement if each is not Judgement.UNJUDGED]
DIRECTIONS = [
    ("", "—"),
    ("this", _("this one is made from that one")),
    ("that", _("that one is made from this one")),
]
LIVE_STATES = [(each.value, each.label) for each in ReviewState if each is not ReviewState.DECIDED]


def _reason(label: Any, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": options.pop("rows", 2), "dir": "auto"})
    return forms.CharField(label=label, widget=area, max_length=options.pop("max_length", 5000), **options)


class DecisionForm(forms.Form):
    """What a reviewer decides about the evidence, and why."""

    authenticity = forms.MultipleChoiceField(
        label=_("Authenticity"),
        help_text=_("Of this evidence, for this claim. Several may hold at once."),
        choices=Authenticity.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    confidence = forms.ChoiceField(
        label=_("Confidence"), choices=Confidence.choices, widget=forms.RadioSelect
    )
    rationale = _reason(_("Reason"), max_length=10_000, rows=5)


class JudgeMatchForm(forms.Form):
    """What a match is: the same, derived (and which from which), different, unsure."""

    judgement = forms.ChoiceField(label=_("These two are"), choices=JUDGEMENTS, widget=forms.RadioSelect)
    derived = forms.ChoiceField(
        label=_("If one is made from the other"),
        choices=DIRECTIONS,
        required=False,
    )
    reason = _reason(_("What you saw"))

    def clean(self) -> dict[str, Any]:
        """A derived file has its direction; other answers have none."""
        given = super().clean() or {}
        if given.get("judgement") == Judgement.DERIVED and not given.get("derived"):
            self.add_error("derived", _("Say which of the two was made from the other."))
        return given


class TieToClaimForm(forms.Form):
    """The claim of the case that the evidence is about, and what it is offered as."""

    claim = forms.UUIDField(label=_("Claim"), widget=forms.Select)
    stance = forms.ChoiceField(label=_("Offered as"), choices=Stance.choices)

    def offer(self, claims: Iterable[Claim]) -> None:
        """Let people choose among these; what they chose is looked up again when it comes back."""
        self.fields["claim"].widget.choices = [(each.pk, isolated(neutral(each))) for each in claims]


class AttestForm(forms.Form):
    """That the actor saw this content at its address, and how."""

    reason = _reason(_("Where and how you saw it"))


class AskForReviewForm(forms.Form):
    """Why a decided item should be looked at again."""

    reason = _reason(_("What makes you doubt"))


class RequestChecksForm(forms.Form):
    """Why the checks of an item should be run again."""

    reason = _reason(_("Why"))


class QueueFilterForm(forms.Form):
    """What the review queue shows."""

    case = RecordField(
        Case.objects.none(),
        label=_("Case"),
        required=False,
        to_field_name="slug",
        empty_label=_("every case"),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("any state")), *LIVE_STATES])
    verdict = forms.ChoiceField(
        label=_("Weightiest verdict"), required=False, choices=[("", _("any verdict")), *VERDICTS.items()]
    )
    assignee = RecordField(
        get_user_model().objects.none(), label=_("Held by"), required=False, empty_label=_("anybody")
    )
    failed = forms.BooleanField(label=_("only where a check did not run"), required=False)

    def __init__(self, *args: Any, cases: QuerySet[Case], people: QuerySet[Any], **options: Any):
        super().__init__(*args, **options)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]
