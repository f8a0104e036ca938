"""What volunteers fill in. Everything but the evidence itself and the consent may stay empty."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from claims.actors import VOLUNTEER
from claims.forms.fields import (
    ClaimField,
    ClockField,
    DayField,
    FilesField,
    ManyFilesInput,
    ascii_digits,
    said_interval,
)
from claims.models import Case, Claim, Consent, Stance
from claims.operations import Statement
from claims.receipts import new_form_token
from claims.uploads import Offered

log = logging.getLogger(__name__)

ACCEPTED = "image/*,video/*"


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


def _line(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"dir": "auto"} | attrs)


class EvidenceForm(forms.Form):
    """Files or a link, with what their sender says of them."""

    # Up to so many claims are large buttons; more are a list.
    most_buttons = 11

    files = FilesField(  # type: ignore[assignment]
        label=_("Photos and videos"),
        required=False,
        widget=ManyFilesInput(attrs={"accept": ACCEPTED}),
    )
    source_url = forms.URLField(
        label=_("Or a link"),
        help_text=_("If it can be seen on the internet: the full address."),
        required=False,
        max_length=2000,
        assume_scheme="https",
        # Not of type "url": a browser would refuse an address without "https://", which we add.
        widget=_line(dir="ltr", inputmode="url", placeholder="https://"),
    )
    claim = ClaimField(
        label=_("Which claim is it about?"),
        required=False,
        empty_label=_("None of these, or I am not sure"),
        blank=True,
        error_messages={"invalid_choice": _("That claim is not open any more. Choose again.")},
    )
    stance = forms.ChoiceField(
        label=_("What does it show?"),
        choices=[
            (Stance.REFUTES.value, _("That the claim is not true")),
            (Stance.SUPPORTS.value, _("That the claim is true")),
            (Stance.CONTEXT.value, _("Something else, or I am not sure")),
        ],
        initial=Stance.CONTEXT.value,
        widget=forms.RadioSelect,
    )
    day = DayField(label=_("Day"), required=False)
    last_day = DayField(label=_("Last day it may have been, if you are not sure"), required=False)
    time_from = ClockField(label=_("From about"), required=False)
    time_to = ClockField(label=_("To about"), required=False)
    where = forms.CharField(
        label=_("Where was it taken?"),
        help_text=_("City, district, street, a building that people know. Say how sure you are."),
        required=False,
        max_length=500,
        widget=_line(),
    )
    how = forms.CharField(
        label=_("How do you have it?"),
        help_text=_("For example: I filmed it myself. Somebody sent it to me. I saved it from the internet."),
        required=False,
        max_length=5000,
        widget=_text(3),
    )

    def __init__(self, *args: Any, case: Case, offered: Offered | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.case, self.offered = case, offered or Offered()
        self.fields["files"].help_text = _(
            "Up to %(number)s files, each up to %(size)s. The original file is best, not a screenshot."
        ) % {
            "number": settings.MAX_FILES_PER_SUBMISSION,
            "size": filesizeformat(settings.MAX_UPLOAD_BYTES),
        }
        self._claim.claims = self.open_claims
        if not self.is_bound:
            self.offer_claims()

    @property
    def _claim(self) -> ClaimField:
        field = self.fields["claim"]
        assert isinstance(field, ClaimField)
        return field

    def open_claims(self) -> QuerySet[Claim]:
        """The claims that can be chosen, oldest first."""
        return Claim.objects.visible_to(VOLUNTEER).filter(case=self.case).order_by("created_at", "id")

    def offer_claims(self) -> None:
        """Read the open claims, for a form that is going to be shown: one that was sent and is good is not.

        The form must still show when the database has gone away in between; then with what was chosen alone.
        """
        try:
            claims = list(self.open_claims())
        except DatabaseError as error:
            if not self.is_bound:
                raise
            log.error("No claims could be read to choose from: %s", type(error).__name__)
            claims = [each for each in [self.cleaned_data.get("claim")] if each]
        self._claim.offer(claims, self.most_buttons)

    def clean(self) -> dict[str, Any]:
        """What was typed, once the parts are seen to fit together."""
        self._need_evidence()
        self._need_ordered_times()
        return self.cleaned_data

    def statement(self) -> Statement:
        """What the sender says of the evidence."""
        given = self.cleaned_data
        start = end = None
        if given["day"]:
            start, end = said_interval(*(given[name] for name in ("day", "last_day", "time_from", "time_to")))
        return Statement(
            stance=Stance(given["stance"]),
            start=start,
            end=end,
            where=given["where"],
            how=given["how"],
            source_url=given["source_url"],
        )

    def _need_evidence(self) -> None:
        given = self.cleaned_data
        if given.get("files") or given.get("source_url") or "source_url" in self.errors:
            return
        if not self.offered.refused:
            self.add_error("files", _("Nothing was sent yet. Add a photo, a video or a link."))
        for each in self.offered.refused:
            self.add_error("files", forms.ValidationError(each.message, code=each.code))

    def _need_ordered_times(self) -> None:
        day, last_day, time_from, time_to = map(
            self.cleaned_data.get, ("day", "last_day", "time_from", "time_to")
        )
        if day is None and "day" not in self.errors and (last_day or time_from or time_to):
            self.add_error("day", _("Give the day too."))
        if day and last_day and last_day < day:
            self.add_error("last_day", _("The last day is before the first."))
        if day and time_from and time_to and time_to < time_from and (last_day or day) == day:
            message = _(
                "This is before the start. If it went on after midnight, give the next day as last day."
            )
            self.add_error("time_to", message)


class SubmissionForm(EvidenceForm):
    """One act of sending in: evidence, a description, an optional contact, and the consent."""

    data: QueryDict

    happened = forms.CharField(
        label=_("What happened?"),
        help_text=_("In your own words. Most useful when none of the claims fits."),
        required=False,
        max_length=5000,
        widget=_text(4),
    )
    anything_else = forms.CharField(
        label=_("Anything else we should know?"),
        help_text=_("For example: who or what can be seen, or whom it could endanger."),
        required=False,
        max_length=4900,
        widget=_text(3),
    )
    contact = forms.CharField(
        label=_("How can we reach you? Not needed."),
        help_text=_(
            "It is encrypted and kept apart from everything else. Only a custodian can read it, with a "
            "written reason. Without it we cannot ask you anything, and you lose nothing."
        ),
        required=False,
        max_length=500,
        widget=_line(),
    )
    consent = forms.ChoiceField(
        label=_("What may be done with it?"),
        choices=[
            (Consent.DESK_ONLY.value, _("Only you may look at it. Publish nothing from it.")),
            (Consent.FINDINGS.value, _("You may publish what you found out, but not the files.")),
            (Consent.PUBLISH.value, _("You may publish what you found out, and the files.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one. Without your word we may not keep it.")},
    )
    # Last in the page: a form that was cut off on its way has none, or half of one.
    form_token = forms.RegexField(
        r"\A[A-Za-z0-9_-]{24}\Z",
        widget=forms.HiddenInput,
        error_messages={
            "required": _("The form did not arrive whole. Send it again."),
            "invalid": _("The form did not arrive whole. Send it again."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_token", new_form_token())

    def clean(self) -> dict[str, Any]:
        """As for evidence; a form without a good token gets a new one, so that it can be sent again."""
        cleaned = super().clean()
        if "form_token" in self.errors:
            self.data = self.data.copy()
            self.data["form_token"] = new_form_token()
        return cleaned

    def description(self) -> str:
        """What happened and whatever else was said, as one text."""
        return "\n\n".join(filter(None, map(self.cleaned_data.get, ("happened", "anything_else"))))


class ReceiptForm(forms.Form):
    """A receipt code, typed from paper or pasted."""

    code = forms.CharField(
        label=_("Your receipt code"),
        help_text=_("Twenty letters and numbers. Spaces, dashes and small letters do not matter."),
        max_length=60,
        widget=_line(dir="ltr", autocapitalize="characters", spellcheck="false"),
        error_messages={"required": _("Type the code that you were given.")},
    )

    def clean_code(self) -> str:
        """The code with digits of any script as 0 to 9."""
        return ascii_digits(self.cleaned_data["code"])
