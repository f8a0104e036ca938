"""What an archive's capture of the evidence's address says of when the content was there.

A capture of the same bytes is a proof (weight B). Any other is a hint (D): a page may or may not have
shown the content, and a file with another digest may be the same picture, saved anew, or another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from media_checks.context import ArchiveCapture, Context, Weight
from media_checks.dates import PROOFS, Signal, SignalKind

ARCHIVE = "archive"
PAGES = ("text/html", "application/xhtml+xml")

_SAME_BYTES = "archive capture of the same bytes"
_OF_A_PAGE = "archive capture of a page"
_OF_A_FILE = "archive capture of a file"


def signals_of(context: Context) -> Iterator[Signal]:
    """The signal of the earliest capture, where an archive has one."""
    capture = context.archived
    if capture:
        weight = Weight.B if capture.same_bytes else Weight.D
        source, note = _worded(capture)
        yield Signal(source, SignalKind.NOT_AFTER, None, capture.at, weight, note, ARCHIVE)


def is_hint(signal: Signal) -> bool:
    """Whether this is a capture that need not be of this content: it can raise a doubt and show nothing."""
    return signal.program == ARCHIVE and signal.weight not in PROOFS


def _worded(capture: ArchiveCapture) -> tuple[str, str]:
    if capture.same_bytes:
        return _SAME_BYTES, "its digest is that of the received file"
    if capture.media_type.lower().startswith(PAGES):
        return _OF_A_PAGE, "whether the page showed this content is not known"
    if capture.same_bytes is None:
        return _OF_A_FILE, "it names no digest that can be compared"
    return _OF_A_FILE, "its digest is not that of the received file"
