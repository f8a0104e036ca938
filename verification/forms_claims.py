"""Forms of the verbs on claims, verdicts, cases, sources and partners: one class a verb."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims.forms import SubmissionForm
from claims.forms.fields import RecordField
from claims.isolation import isolated, neutral
from claims.models import Case, Claim, ClaimCategory, ClaimState, Consent, Role, Stance
from claims.models.claims import ClaimQuerySet
from claims.models.submissions import SubmissionQuerySet
from verification.models import Confidence, Rating, Scope, VerdictState
from verification.models.verdicts import VerdictQuerySet
from verification.operations.partners import KEY_DAYS

CHOOSE = [("", _("Choose …"))]
ANY = [("", _("any"))]


class _Utc(forms.DateTimeField):
    """A date and time in UTC, with the browser's own picker."""

    def __init__(self, **options: Any):
        picker = forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
        )
        super().__init__(required=False, widget=picker, **options)


class _Long(forms.CharField):
    """A text of several lines, in the direction in which it is typed."""

    def __init__(self, *, rows: int = 4, **options: Any):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}), **options)


class _Short(forms.CharField):
    """A text of one line, in the direction in which it is typed."""

    def __init__(self, **options: Any):
        super().__init__(widget=forms.TextInput(attrs={"dir": "auto"}), **options)


class ReasonForm(forms.Form):
    """The written reason that a verb asks for."""

    reason = _Long(label=_("Reason"), max_length=5000, rows=2)


class WithdrawClaimForm(ReasonForm):
    """Why a claim is withdrawn."""


class ReturnForm(ReasonForm):
    """Why an approved verdict goes back to its draft."""


class RetractForm(ReasonForm):
    """Why a published verdict should be taken back; partners read this once another person agrees."""


class RefuseForm(ReasonForm):
    """Why somebody else's proposal is refused."""


class ClaimFilterForm(forms.Form):
    """What the list of claims shows."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "dir": "auto"}),
    )
    case = RecordField(
        Case.objects.none(), label=_("Case"), required=False, to_field_name="slug", empty_label=_("any")
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*ANY, *ClaimState.choices])
    category = forms.ChoiceField(label=_("Category"), required=False, choices=[*ANY, *ClaimCategory.choices])

    def __init__(self, *args: Any, cases: QuerySet[Case], **options: Any):
        super().__init__(*args, **options)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]

    def narrow(self, claims: ClaimQuerySet) -> ClaimQuerySet:
        """The claims that this form asks for; a form that does not hold narrows nothing."""
        given = self.cleaned_data if self.is_valid() else {}
        for name in ("case", "state", "category"):
            if given.get(name):
                claims = claims.filter(**{name: given[name]})
        if words := given.get("q"):
            return claims.filter(Q(statement__icontains=words) | Q(claimant__icontains=words))
        return claims


class VerdictFilterForm(forms.Form):
    """What the list of verdicts shows."""

    case = RecordField(
        Case.objects.none(), label=_("Case"), required=False, to_field_name="slug", empty_label=_("any")
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*ANY, *VerdictState.choices])
    rating = forms.ChoiceField(label=_("Rating"), required=False, choices=[*ANY, *Rating.choices])

    def __init__(self, *args: Any, cases: QuerySet[Case], **options: Any):
        super().__init__(*args, **options)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]

    def narrow(self, verdicts: VerdictQuerySet) -> VerdictQuerySet:
        """The verdicts that this form asks for; a form that does not hold narrows nothing."""
        given = self.cleaned_data if self.is_valid() else {}
        names = {"case": "claim__case", "state": "state", "rating": "rating"}
        return verdicts.filter(**{names[name]: value for name, value in given.items() if value})


class OpenClaimForm(forms.Form):
    """A claim: who says what, and where and when it is said to have happened."""

    statement = _Long(label=_("What is claimed"), max_length=2000, rows=3)
    claimant = _Short(label=_("Who claims it"), max_length=200)
    stated_on = forms.DateField(
        label=_("Said on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    stated_at_url = forms.URLField(
        label=_("Said where (address)"), required=False, max_length=2000, assume_scheme="https"
    )
    category = forms.ChoiceField(label=_("Category"), choices=[*CHOOSE, *ClaimCategory.choices])
    event_start = _Utc(label=_("Happened from (UTC)"))
    event_end = _Utc(label=_("Happened until (UTC)"))
    place_name = _Short(label=_("Place"), required=False, max_length=200)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    precision_m = forms.FloatField(
        label=_("Precision in metres"), required=False, min_value=1, max_value=20_040_000
    )

    def clean(self) -> dict[str, Any]:
        """An interval has a start and does not end before it; a place has all three numbers or none."""
        given = super().clean() or {}
        start, end = given.get("event_start"), given.get("event_end")
        if start and not end and "event_end" not in self.errors:
            given["event_end"] = start
        if end and not start:
            self.add_error("event_start", _("Say from when, too."))
        if start and end and end < start:
            self.add_error("event_end", _("This is before the start."))
        self._clean_place(given)
        return given

    def _clean_place(self, given: dict[str, Any]) -> None:
        numbers = ("latitude", "longitude", "precision_m")
        missing = [each for each in numbers if given.get(each) is None]
        if 0 < len(missing) < len(numbers):
            for each in missing:
                self.add_error(each, _("A position needs latitude, longitude and precision."))


class TieForm(forms.Form):
    """Evidence of the case that belongs to no claim yet, and what it is offered as."""

    evidence = forms.UUIDField(label=_("Evidence"), widget=forms.Select)
    stance = forms.ChoiceField(label=_("Offered as"), choices=[*CHOOSE, *Stance.choices])

    def offer(self, choices: Iterable[tuple[Any, str]]) -> TieForm:
        """Let the person choose among these: ids and what to call them."""
        offered = [(pk, isolated(neutral(called))) for pk, called in choices]
        self.fields["evidence"].widget.choices = [*CHOOSE, *offered]
        return self


class VerdictForm(forms.Form):
    """The desk's conclusion on a claim, as a draft."""

    rating = forms.ChoiceField(label=_("Rating"), choices=[*CHOOSE, *Rating.choices])
    confidence = forms.ChoiceField(label=_("Confidence"), choices=[*CHOOSE, *Confidence.choices])
    summary = _Long(label=_("In one sentence"), max_length=500, rows=2)
    rationale = _Long(label=_("Why, in short paragraphs"), max_length=50_000, rows=10)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class SeenForm(forms.Form):
    """Which state of a verdict the person had before them when they pressed the button."""

    seen = forms.CharField(
        widget=forms.HiddenInput,
        max_length=64,
        error_messages={"required": _("The page did not arrive whole. Load it again.")},
    )


class SubmissionFilterForm(forms.Form):
    """What the list of submissions shows."""

    case = RecordField(
        Case.objects.none(), label=_("Case"), required=False, to_field_name="slug", empty_label=_("any")
    )

    def __init__(self, *args: Any, cases: QuerySet[Case], **options: Any):
        super().__init__(*args, **options)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]

    def narrow(self, submissions: SubmissionQuerySet) -> SubmissionQuerySet:
        """The submissions that this form asks for; a form that does not hold narrows nothing."""
        case = self.cleaned_data["case"] if self.is_valid() else None
        return submissions.filter(case=case) if case else submissions


class SendInForm(SubmissionForm):
    """Evidence that a member of the case sends in, for themselves or for somebody else."""

    most_buttons = 0

    def __init__(self, *args: Any, case: Case, **options: Any):
        super().__init__(*args, case=case, **options)
        self.fields["consent"].choices = Consent.choices  # type: ignore[attr-defined]
        self.fields["contact"].label = _("How can its source be reached? Not needed.")

    def open_claims(self) -> QuerySet[Claim]:
        """Those of a case that takes nothing from volunteers too."""
        return Claim.objects.open().filter(case=self.case).order_by("created_at", "id")


class ReadSourceForm(forms.Form):
    """Why the sealed part of a submission has to be read."""

    reason = _Long(
        label=_("Why this has to be read"),
        help_text=_("Your reason is kept in the record of the case, with your name's number and the time."),
        max_length=5000,
        rows=3,
    )


class OpenCaseForm(forms.Form):
    """A case and its rules."""

    title = _Short(label=_("Title"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"), max_length=80, help_text=_("Small letters, digits and hyphens; in addresses.")
    )
    description = _Long(label=_("What it is about"), required=False, max_length=10_000)
    accepts_submissions = forms.BooleanField(label=_("Volunteers may send evidence to it"), required=False)
    needs_second_review = forms.BooleanField(
        label=_("Every evidence item is decided by two people"), required=False
    )
    publishes_exact_places = forms.BooleanField(
        label=_("Partners may see exact positions read from files"), required=False
    )


class MemberForm(forms.Form):
    """A person and the role that they get in a case."""

    user = RecordField(get_user_model().objects.none(), label=_("Person"), empty_label=_("Choose …"))
    role = forms.ChoiceField(label=_("Role"), choices=[*CHOOSE, *Role.choices])

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        people = get_user_model().objects.filter(is_active=True, is_staff=True).order_by("username")
        self.fields["user"].queryset = people  # type: ignore[attr-defined]


class PartnerForm(forms.Form):
    """An organisation that pulls verdicts."""

    name = _Short(label=_("Name of the organisation"), max_length=200)


class GrantForm(forms.Form):
    """A case that a partner may see what is published of."""

    case = RecordField(Case.objects.all(), label=_("Case"), to_field_name="slug", empty_label=_("Choose …"))

    def offer(self, cases: QuerySet[Case]) -> None:
        """Let the person choose among these."""
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """What a new key opens, and for how long."""

    scopes = forms.MultipleChoiceField(
        label=_("What it may be used for"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        initial=KEY_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(KEY_DAYS)],
        widget=forms.NumberInput(attrs={"min": 1, "max": KEY_DAYS}),
    )
