"""The machine room in one line: the custody record, workers, broker, and the run that has waited longest."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verification import health, keeping

# The layers of media_checks.sandbox, in words; what else is missing is shown by its name.
LOCKS = {
    "locked_child": gettext_lazy("the locked child itself"),
    "resource_limits": gettext_lazy("limits of memory and processor"),
    "network_namespace": gettext_lazy("a network of its own"),
    "no_new_privileges": gettext_lazy("the lock on new privileges"),
    "landlock": gettext_lazy("the lock on files (Landlock)"),
    "unprivileged_user": gettext_lazy("a user without rights"),
    "seccomp": gettext_lazy("the filter of system calls (seccomp)"),
}


@dataclass(frozen=True)
class Part:
    """One part of the machine room."""

    well: bool
    sentence: str


@dataclass(frozen=True)
class MachineRoom:
    """All parts of it."""

    parts: list[Part]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return all(each.well for each in self.parts)


def machine_room() -> MachineRoom:
    """How the machines are; asking takes at most a second, however badly they are."""
    queue = health.queue_now()
    workers, waiting = _workers(queue["heartbeat_age_s"]), _waiting(queue["oldest_waiting_s"])
    return MachineRoom([_record(), workers, _locks(), _broker(), waiting])


def _record() -> Part:
    if n := health.broken():
        broken = _("THE CUSTODY RECORD OR STORED FILES ARE BROKEN (%(n)s breaks): tell who runs the desk")
        return Part(False, broken % {"n": n})
    if keeping.is_overdue():
        return Part(False, _("the custody record and the files were not read again for two days or more"))
    finished = [each.finished_at for each in keeping.last_readings() if each.finished_at]
    if not finished:
        return Part(True, _("the custody record and the files were not read again yet"))
    age = (timezone.now() - finished[0]).total_seconds()
    return Part(True, _("custody record and files whole %(age)s ago") % {"age": _span(age)})


def _workers(age: float | None) -> Part:
    if age is None:
        return Part(False, _("no worker has given a sign of life yet: checks do not run"))
    if not health.is_of_now(age):
        return Part(False, _("no sign of a worker for %(age)s: checks do not run") % {"age": _span(abs(age))})
    return Part(True, _("workers seen %(age)s ago") % {"age": _span(age)})


def _locks() -> Part:
    """How files are locked away while they are decoded; this process decodes none, and so asks."""
    shown = health.locks_now()
    if shown is None:
        return Part(False, _("no word from a worker on the locks behind which files are decoded"))
    names = ", ".join(str(LOCKS.get(name, name)) for name in shown.missing)
    if shown.lacking:
        few = _("FILES ARE DECODED BEHIND TOO FEW LOCKS (missing: %(names)s): tell who runs the desk")
        return Part(False, few % {"names": names})
    if names:
        return Part(True, _("files are decoded behind locks enough (missing: %(names)s)") % {"names": names})
    return Part(True, _("files are decoded behind all locks"))


def _broker() -> Part:
    if health.broker_answers():
        return Part(True, _("broker answers"))
    return Part(False, _("the broker does not answer: checks start later, none is lost"))


def _waiting(age: float | None) -> Part:
    if age is None:
        return Part(True, _("no check waits"))
    late = age > settings.LEASE_SECONDS + health.longest_silence()
    return Part(not late, _("oldest waiting check: %(age)s") % {"age": _span(age)})


def _span(seconds: float) -> str:
    """``12 s``, ``4 min``, ``3 h``."""
    if seconds < 120:
        return _("%(n)s s") % {"n": round(seconds)}
    if seconds < 7200:
        return _("%(n)s min") % {"n": round(seconds / 60)}
    return _("%(n)s h") % {"n": round(seconds / 3600)}
