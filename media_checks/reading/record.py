"""The record of what a media file says of itself, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from media_checks.context import Kind


@dataclass(frozen=True)
class WallClock:
    """A date and time as a device wrote it: naive, with its offset from UTC where one was written."""

    local: datetime
    offset: timedelta | None = None


@dataclass(frozen=True)
class Position:
    """A place on WGS 84 in signed decimal degrees, metres above the sea, and the GPS clock in UTC."""

    latitude: float
    longitude: float
    altitude: float | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True)
class Edit:
    """A trace of a program that wrote the file again after the camera: its name, where it stands, when."""

    program: str
    where: str
    at: WallClock | None = None


@dataclass(frozen=True)
class StatedDate:
    """A date in XMP, IPTC or a PNG, which programs write and people type.

    ``name`` is the field of a ``Reading`` that it speaks of ("captured_at", "created_at", "modified_at");
    of a ``whole_day`` the clock is its first moment.
    """

    name: str
    where: str
    clock: WallClock
    whole_day: bool = False


@dataclass(frozen=True)
class Step:
    """One action that the signer of Content Credentials declares: what was done, by which program, when.

    ``of`` says to what: "file", an "earlier version" that it was made from, or a "component" placed in it.
    ``source_type`` is the last part of the address of IPTC's digital source type ("digitalCapture").
    """

    action: str
    of: str
    source_type: str | None = None
    program: str | None = None
    at: WallClock | None = None


@dataclass(frozen=True)
class Credentials:
    """What a file's Content Credentials (C2PA) say, and how far they verify.

    ``state`` is "valid" (signature and hashes fit the file), "invalid" or "unreadable". ``failures`` are
    the library's codes for what does not verify in them, ``earlier_failures`` in those of what the file was
    made from; that the signer is unknown is no failure, but then ``trusted`` is false. ``signed_at`` is the
    time-stamp token's, and ``time_stamp`` what that is worth: "none", "broken", "unknown" (it fits, but
    its authority is not one that the operator trusts) or "trusted". ``partial`` says that parts of the
    file beside the credentials may be unsigned, and so exchanged later. ``identity`` says that they also
    name a person or an organisation (CAWG), which is not looked into.
    """

    where: str
    state: str
    manifest: str | None = None
    trusted: bool = False
    failures: tuple[str, ...] = ()
    earlier_failures: tuple[str, ...] = ()
    program: str | None = None
    signer: str | None = None
    issuer: str | None = None
    signed_at: datetime | None = None
    time_stamp: str = "none"
    partial: bool = False
    identity: bool = False
    steps: tuple[Step, ...] = ()
    ingredients: int = 0

    @property
    def fit(self) -> bool:
        """Whether they verify against the file itself, whatever of its earlier versions does not."""
        return not self.failures and (self.state == "valid" or bool(self.earlier_failures))

    @property
    def times(self) -> bool:
        """Whether they say any time at all."""
        return bool(self.signed_at or any(step.at for step in self.steps))


@dataclass(frozen=True)
class JpegCoding:
    """How the picture of a JPEG is stored.

    ``quality`` (1 to 100) is that at which the standard tables (ITU-T T.81, Annex K) are exactly its own,
    None where it has other tables; ``subsampling`` is "4:2:0" and the like; ``jfif`` says that the file
    begins with a JFIF header, as EXIF's own files do not.
    """

    quality: int | None
    subsampling: str | None
    progressive: bool
    jfif: bool


@dataclass(frozen=True)
class Reading:
    """What a file says of itself. Every field is a statement of the file, none is verified.

    ``width`` and ``height`` are the stored pixels, before rotation; ``rotation`` is in degrees
    clockwise. ``captured_at``, ``created_at`` and ``modified_at`` are EXIF's DateTimeOriginal,
    CreateDate and ModifyDate, each with its own offset tag; Apple's ``creationdate`` of a video is
    its ``captured_at``. Where EXIF is silent they are the first of the ``stated_dates``, which are all
    that XMP, IPTC and PNG say. ``gps_clock`` (aware, UTC) stands even where no position was written;
    ``container_created_at`` (aware, read as UTC as the specification says, though many cameras
    write local time) is the movie header's time, None when unset. ``unusable_dates`` keeps, word
    for word, each date that could not be read; ``warnings`` says what was broken; ``sources`` maps
    a field's name to where it was read. ``has_maker_note`` says that the note of the camera's maker is there
    in its whole length. ``credentials_address`` is where a file says that its Content
    Credentials are kept; nobody goes there.
    """

    media_type: str
    kind: Kind
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    make: str | None = None
    model: str | None = None
    software: str | None = None
    serial_number: str | None = None
    lens_model: str | None = None
    orientation: int | None = None
    captured_at: WallClock | None = None
    created_at: WallClock | None = None
    modified_at: WallClock | None = None
    gps: Position | None = None
    gps_clock: datetime | None = None
    container_created_at: datetime | None = None
    maker_zone: timedelta | None = None
    rotation: int | None = None
    codec: str | None = None
    encoder: str | None = None
    frame_rate: float | None = None
    has_thumbnail: bool = False
    thumbnail: bytes | None = None
    has_maker_note: bool = False
    jpeg: JpegCoding | None = None
    edits: tuple[Edit, ...] = ()
    stated_dates: tuple[StatedDate, ...] = ()
    credentials: Credentials | None = None
    credentials_address: str | None = None
    unusable_dates: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def is_stated(self, name: str) -> bool:
        """Whether a field was read where programs write and people type, and not where devices do."""
        return self.sources.get(name, "").startswith(("XMP", "IPTC", "PNG"))

    def as_json(self) -> dict[str, Any]:
        """The reading as plain JSON values, without the thumbnail's bytes and the serial number.

        A serial number can name a person's camera: it stands under ``private``.
        """
        values = {each.name: _plain(getattr(self, each.name)) for each in fields(self)}
        for name in ("thumbnail", "serial_number", "kind", "media_type"):
            del values[name]
        return values | {"private": {"serial_number": self.serial_number}}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return _offset(value)
    if isinstance(value, WallClock | Position | Edit | StatedDate | Step | Credentials | JpegCoding):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _offset(value: timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
