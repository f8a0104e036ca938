"""The date signals of Content Credentials: when they were time-stamped, and when steps are said to be done.

A time-stamp token proves that the signed content existed at its time, as far as its authority is believed.
Weight A where the operator trusts the authority and all of the file is signed. Else D: anybody can run an
authority, so its word is a name's; and content in a part that is not signed can be exchanged after the stamp.
Credentials that do not fit the file say nothing of it: E, recorded only.
"""

from __future__ import annotations

from collections.abc import Iterator

from media_checks.context import Weight
from media_checks.credential_words import done
from media_checks.dates import NEVER_SET, Signal, SignalKind, is_suspect, reckon
from media_checks.reading import Credentials, Step, WallClock

CREDENTIALS = "Content Credentials"
TIME_STAMP = f"{CREDENTIALS} time stamp"
CAPTURES = frozenset({None, "digitalCapture", "computationalCapture"})

DO_NOT_FIT = "the credentials do not verify with this file: not used"


def signals_of(credentials: Credentials | None) -> Iterator[Signal]:
    """Every date of the credentials; what is said of mere components is left out."""
    if credentials is None:
        return
    yield from _time_stamp(credentials)
    for step in credentials.steps:
        if step.at and step.of != "component":
            fit = credentials.fit and not (step.of == "earlier version" and credentials.earlier_failures)
            yield _of_step(step, step.at, fit)


def _time_stamp(credentials: Credentials) -> Iterator[Signal]:
    """By when the content existed; and since when this file does, which was written around the token."""
    moment = credentials.signed_at
    if moment is None:
        return
    weight, note = _worth(credentials)
    yield Signal(TIME_STAMP, SignalKind.NOT_AFTER, None, moment, weight, note, CREDENTIALS)
    if credentials.fit:
        note = "the file was signed then"
        yield Signal(TIME_STAMP, SignalKind.NOT_BEFORE, moment, None, Weight.D, note, CREDENTIALS)


def _worth(credentials: Credentials) -> tuple[Weight, str]:
    if not credentials.fit:
        return Weight.E, DO_NOT_FIT
    if credentials.time_stamp == "broken":
        return Weight.E, "the time-stamp token does not verify: not used"
    if credentials.time_stamp != "trusted":
        return Weight.D, "by an authority that the operator has not named as trusted"
    if credentials.partial:
        return Weight.D, "by a trusted authority, but parts of the file may be unsigned"
    return Weight.A, "by a time-stamp authority that the operator trusts"


def _of_step(step: Step, clock: WallClock, fit: bool) -> Signal:
    """When a capture is said to have been; of any other step, since when the file is what it is."""
    captured = step.action == "c2pa.created" and step.source_type in CAPTURES
    reckoned = reckon(clock.local, offset=clock.offset)
    latest = reckoned.latest if captured else None
    kind = SignalKind.SELF_ASSERTED if captured else SignalKind.NOT_BEFORE
    weight, note = Weight.D, "declared by who signed"
    if not fit:
        weight, note = Weight.E, DO_NOT_FIT
    elif is_suspect(clock.local):
        weight, note = Weight.E, NEVER_SET
    source = f"{CREDENTIALS}: {done(step.action)}"
    return Signal(source, kind, reckoned.earliest, latest, weight, note, CREDENTIALS)
