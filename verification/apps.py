"""The application of what we do about it."""

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    """Verification."""

    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"
