"""How staff get in: their sessions, and what failed on the way."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone


class StaffSession(AbstractBaseSession):
    """A session that knows whose it is and when it began, so that it can be ended by either.

    ``user`` is empty between the password and the second factor. Nothing in it tells from where.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expire_date"], name="sessions_by_end")]

    def __str__(self) -> str:
        return f"Session of {self.user_id}"


class FailedAttempts(models.Model):
    """How often one way in was tried in vain; written by ``access.attempts`` alone.

    ``slot`` is a keyed hash: neither a name nor a browser can be read from it.
    """

    slot = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "failed attempts"

    def __str__(self) -> str:
        return f"{self.count} in vain"
