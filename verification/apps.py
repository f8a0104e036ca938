"""The application of what we do about it."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register
from django.core.exceptions import ImproperlyConfigured

from media_checks.sandbox.client import DidNotRun, Sandbox


class VerificationConfig(AppConfig):
    """Verification."""

    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the operator's model tried before anything starts that would need it."""
        register(_require_fitting_model)


def _require_fitting_model(**_given: Any) -> list[Any]:
    """Raised and not returned as an error: Celery's worker has the checks run, and reads no answer."""
    if settings.DESCRIPTOR_MODEL is not None:
        trial = Sandbox()
        try:
            trial.load(settings.DESCRIPTOR_MODEL)
        except DidNotRun as problem:
            raise ImproperlyConfigured(f"The desk's descriptor model cannot be used: {problem}.") from problem
        finally:
            trial.stop()
    return []
