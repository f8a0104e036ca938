"""The application of what people tell us."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """Claims."""

    name = "claims"
    default_auto_field = "django.db.models.BigAutoField"
