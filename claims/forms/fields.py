"""The fields of volunteers' forms: days and times as people type them, files, and open claims."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from claims.isolation import neutral
from claims.models import Claim
from claims.uploads import StoredUpload

FIRST_DAY = dt.date(1900, 1, 1)
# Clocks on Earth run from 14 hours ahead of UTC to 12 hours behind it.
EARLIEST_ZONE, LATEST_ZONE = dt.timedelta(hours=14), dt.timedelta(hours=12)
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"]
TIME_FORMATS = ["%H:%M", "%H:%M:%S", "%H.%M"]


def said_interval(
    day: dt.date, last_day: dt.date | None, time_from: dt.time | None, time_to: dt.time | None
) -> tuple[dt.datetime, dt.datetime]:
    """The interval in UTC that is meant by days and times on the clocks of a place whose zone is unknown.

    A wall-clock time t lies in [t - 14 h, t + 12 h]; so ``start + 14 h`` and ``end - 12 h`` give back
    what was typed. A day without times is the whole day.
    """
    first = dt.datetime.combine(day, time_from or dt.time.min, dt.UTC)
    end_of_day = dt.datetime.combine(last_day or day, dt.time.min, dt.UTC) + dt.timedelta(days=1)
    last = dt.datetime.combine(last_day or day, time_to, dt.UTC) if time_to else end_of_day
    return first - EARLIEST_ZONE, last + LATEST_ZONE


def ascii_digits(text: str) -> str:
    """The text with Arabic-Indic and other digits as 0 to 9: some keyboards offer no others."""
    return "".join(
        str(unicodedata.digit(each)) if unicodedata.category(each) == "Nd" else each for each in text
    )


class DayField(forms.DateField):
    """A day, chosen or typed."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "dir": "ltr"})
    input_formats = DAY_FORMATS

    def to_python(self, value: Any) -> dt.date | None:
        """Raises ValidationError for what is no day of the past."""
        day = super().to_python(ascii_digits(value.strip()) if isinstance(value, str) else value)
        if day and not FIRST_DAY <= day <= timezone.now().date() + dt.timedelta(days=1):
            raise forms.ValidationError(_("This day cannot be right. Look at the year."), code="no_such_day")
        return day


class ClockField(forms.TimeField):
    """A time of day, chosen or typed."""

    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "dir": "ltr"})
    input_formats = TIME_FORMATS

    def to_python(self, value: Any) -> dt.time | None:
        """Raises ValidationError for what is no time of day."""
        return super().to_python(ascii_digits(value.strip()) if isinstance(value, str) else value)


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"

    def value_from_datadict(self, data: Any, files: MultiValueDict, name: str) -> list[StoredUpload]:
        """Every file of this name that arrived whole."""
        return files.getlist(name)

    def value_omitted_from_data(self, data: Any, files: MultiValueDict, name: str) -> bool:
        """Whether no file of this name arrived."""
        return name not in files


class FilesField(forms.Field):
    """Several files, as ``claims.uploads`` received them; what is refused is refused there."""

    widget = ManyFilesInput


class RecordField(forms.ModelChoiceField):
    """A choice among records, each by the name that people gave it, written so that it deceives nobody."""

    def label_from_instance(self, obj: Any) -> str:
        """The record's name for a screen."""
        return neutral(obj)


class ClaimField(RecordField):
    """One of ``claims``, which its form sets, or none of them. They are asked for where one was chosen."""

    claims: Callable[[], QuerySet[Claim]] = Claim.objects.none

    def __init__(self, **kwargs: Any):
        super().__init__(Claim.objects.none(), widget=forms.RadioSelect, **kwargs)

    def to_python(self, value: Any) -> Claim | None:
        """The claim of this id; raises ValidationError, in the same words, for what is no id at all."""
        if value in self.empty_values:
            return None
        self.queryset = self.claims()
        try:
            return super().to_python(value)
        except forms.ValidationError:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice"
            ) from None

    def offer(self, claims: Sequence[Claim], most_buttons: int) -> None:
        """Show these to choose from: as large buttons up to so many, else as a list."""
        choices = [("", self.empty_label)]
        choices += [(self.prepare_value(each), self.label_from_instance(each)) for each in claims]
        if len(claims) > most_buttons:
            self.widget = forms.Select()
        self.choices = choices
