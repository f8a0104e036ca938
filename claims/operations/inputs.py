"""What is given to an operation, held against what its fields take."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from claims.transitions import BadInput


def need(given: Any, field: str) -> None:
    """Raise BadInput where nothing was given for the field, or nothing but blanks."""
    if not (given.strip() if isinstance(given, str) else given):
        raise BadInput(_("This is needed: %(field)s.") % {"field": field}, field=field)


def clean_fields(record: Any) -> None:
    """Raise BadInput for a value that no such field takes, without asking the database.

    What concerns several rows or fields, the operation has seen to; the database's own rules hold as well.
    """
    relations = {each.name for each in record._meta.fields if each.is_relation}
    clean(record, exclude=relations, validate_unique=False, validate_constraints=False)


def clean(record: Any, **less: Any) -> None:
    """Raise BadInput for what the model's own rules refuse."""
    try:
        record.full_clean(**less)
    except ValidationError as invalid:
        field, messages = next(iter(invalid.message_dict.items()))
        raise BadInput(messages[0], field=field) from invalid
