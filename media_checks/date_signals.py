"""The signals of one media file: what it says of itself, and what the desk knows of it.

In the order in which they are believed among equals: once per program, the first counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from media_checks import archive_signals, credential_signals
from media_checks.context import Context, EarlierCopy, Weight
from media_checks.dates import (
    NEVER_SET,
    START_OF_GPS,
    SUSPECT_CREATE_DATE,
    Reckoned,
    Signal,
    SignalKind,
    interval_of,
    is_suspect,
    reckon,
)
from media_checks.first_releases import first_release
from media_checks.reading import Reading, StatedDate, WallClock
from media_checks.reading.addresses import times_in
from media_checks.reading.file_names import read_name
from media_checks.zones import offsets_of_clock

CAMERA = "camera"
GPS = "GPS"
FILE_NAME = "file name"
SENDER = "sender"
RECEIPT = "receipt"
COPY = "copy"
ADDRESS = "address"
EDITOR = "editor"

CAMERA_IN_XMP = "XMP exif:"
LONGEST_SOURCE = 80
WRITTEN = "written by a program or typed by a person"
REST_OF_DAY = timedelta(hours=23, minutes=59, seconds=59)

NAMES_OF_SOURCES = {
    "EXIF EXIF DateTimeOriginal": "EXIF DateTimeOriginal",
    "EXIF EXIF DateTimeDigitized": "EXIF CreateDate",
    "EXIF Image DateTime": "EXIF ModifyDate",
    "EXIF GPSTimeStamp": "EXIF GPS clock",
}


@dataclass(frozen=True)
class Clock:
    """A device's clock as found in the file: what was written, what it means, whether it was ever set."""

    source: str
    local: datetime
    reckoned: Reckoned
    suspect: bool

    def signal(self, kind: SignalKind = SignalKind.SELF_ASSERTED, weight: Weight = Weight.C) -> Signal:
        """The signal that this clock makes; of weight E where it was never set."""
        latest = self.reckoned.latest if kind is SignalKind.SELF_ASSERTED else None
        note = NEVER_SET if self.suspect else self.reckoned.because
        weight = Weight.E if self.suspect else weight
        return Signal(self.source, kind, self.reckoned.earliest, latest, weight, note, CAMERA)


@dataclass(frozen=True)
class Evidence:
    """A reading with the desk's context: where every signal comes from."""

    reading: Reading
    context: Context

    def source_of(self, name: str, otherwise: str) -> str:
        """Where a field of the reading stands in the file; EXIF's dates by the names people know."""
        return named(self.reading.sources.get(name, otherwise))

    @property
    def system(self) -> str | None:
        """The device's operating system, where the file tells: its clock writes UTC into containers."""
        if self.reading.make == "Apple":
            return "iOS"
        return "Android" if self.reading.sources.get("software", "").endswith("com.android.version") else None

    def captured(self) -> Clock | None:
        """The clock at capture (EXIF DateTimeOriginal, Apple's creationdate)."""
        return self._clock("captured_at", "DateTimeOriginal", self.reading.captured_at)

    def created(self) -> Clock | None:
        """The clock at digitisation (EXIF CreateDate)."""
        return self._clock("created_at", "CreateDate", self.reading.created_at)

    def modified(self) -> Clock | None:
        """The clock when the file was last written (EXIF ModifyDate)."""
        return self._clock("modified_at", "ModifyDate", self.reading.modified_at)

    def container(self) -> Clock | None:
        """The movie header's clock: UTC by the specification, local time by the habit of many cameras."""
        moment = self.reading.container_created_at
        if moment is None:
            return None
        local = moment.astimezone(UTC).replace(tzinfo=None)
        source = f"container creation time ({self.source_of('container_created_at', 'header')})"
        return Clock(source, local, self._reckon_container(local), is_suspect(local))

    def clocks(self) -> tuple[Clock, ...]:
        """Every clock of the device that the file carries."""
        found = (self.captured(), self.created(), self.container(), self.modified())
        return tuple(each for each in found if each)

    def gps_clock(self) -> datetime | None:
        """The satellites' clock, unless the receiver had not heard it yet."""
        gps = self.reading.gps
        moment = self.reading.gps_clock or (gps.timestamp if gps else None)
        if moment is None or is_suspect(moment.astimezone(UTC)) or moment.date() <= START_OF_GPS:
            return None
        return moment

    def signals(self) -> tuple[Signal, ...]:
        """All signals, the unused ones (weight E) with them."""
        return (*self._of_the_file(), *self._of_its_name(), *self._of_the_desk())

    def earlier_copies(self) -> tuple[EarlierCopy, ...]:
        """The copies that are known from before this file was here; the others bound nothing anew."""
        received_at = self.context.received_at
        dated = (each for each in self.context.earlier_copies if each.not_after)
        return tuple(each for each in dated if not received_at or each.not_after < received_at)  # type: ignore[operator]

    def _clock(self, field: str, otherwise: str, clock: WallClock | None) -> Clock | None:
        if clock is None or self.reading.is_stated(field):
            return None
        never_set = is_suspect(clock.local) or (field == "created_at" and clock.local == SUSPECT_CREATE_DATE)
        reckoned = reckon(
            clock.local,
            offset=clock.offset,
            gps_clock=self.gps_clock(),
            maker_zone=self.reading.maker_zone,
            place_offsets=self._offsets_of_place(clock.local),
        )
        return Clock(self.source_of(field, otherwise), clock.local, reckoned, never_set)

    def _offsets_of_place(self, local: datetime) -> frozenset[timedelta]:
        return offsets_of_clock(self.context.place, local) if self.context.place else frozenset()

    def _reckon_container(self, local: datetime) -> Reckoned:
        if self.system:
            because = f"{self.system} writes UTC here"
            return Reckoned(*interval_of(local, (timedelta(0),)), timedelta(0), because)
        places = self._offsets_of_place(local)
        if not places:
            return Reckoned(*interval_of(local), None, "UTC or local time, not known which")
        because = "UTC or the claimed place's time, not known which"
        return Reckoned(*interval_of(local, places | {timedelta(0)}), None, because)

    def _of_the_file(self) -> Iterator[Signal]:
        for clock in (self.captured(), self.created(), self.container()):
            if clock:
                yield clock.signal()
        gps_clock = self.gps_clock()
        if gps_clock:
            source = self.source_of("gps_clock", "GPS clock")
            note = "UTC by satellite; may be minutes old"
            yield Signal(source, SignalKind.SELF_ASSERTED, gps_clock, gps_clock, Weight.C, note, GPS)
        modified = self.modified()
        if modified:
            yield modified.signal(SignalKind.NOT_BEFORE, Weight.D)
        yield from (self._stated(date) for date in self.reading.stated_dates)
        yield from self._edits()
        yield from credential_signals.signals_of(self.reading.credentials)
        yield from self._first_releases()

    def _stated(self, date: StatedDate) -> Signal:
        """A date of XMP, IPTC or a PNG. The camera's clock that XMP repeats counts with the camera."""
        copied = date.where.startswith(CAMERA_IN_XMP)
        local = date.clock.local
        start = self._reckon_stated(local, date.clock.offset, copied)
        end = self._reckon_stated(local + REST_OF_DAY, date.clock.offset, copied) if date.whole_day else start
        kind = self._kind_of_stated(date, copied)
        latest = end.latest if kind is SignalKind.SELF_ASSERTED else None
        weight = Weight.E if is_suspect(local) else Weight.D
        note = NEVER_SET if is_suspect(local) else f"{WRITTEN}, {start.because}"
        source = date.where[:LONGEST_SOURCE]
        return Signal(source, kind, start.earliest, latest, weight, note, CAMERA if copied else EDITOR)

    def _reckon_stated(self, local: datetime, offset: timedelta | None, copied: bool) -> Reckoned:
        return reckon(
            local,
            offset=offset,
            gps_clock=self.gps_clock() if copied else None,
            maker_zone=self.reading.maker_zone if copied else None,
            place_offsets=self._offsets_of_place(local),
        )

    def _kind_of_stated(self, date: StatedDate, copied: bool) -> SignalKind:
        """A change bounds the file alone; so does its creation, where something else says the capture."""
        if date.name == "modified_at":
            return SignalKind.NOT_BEFORE
        if date.name == "captured_at" or copied:
            return SignalKind.SELF_ASSERTED
        said_by_device = self.captured() or self.created()
        said = said_by_device or any(each.name == "captured_at" for each in self.reading.stated_dates)
        return SignalKind.NOT_BEFORE if said else SignalKind.SELF_ASSERTED

    def _edits(self) -> Iterator[Signal]:
        for edit in self.reading.edits:
            if edit.at and not is_suspect(edit.at.local):
                earliest = reckon(edit.at.local, offset=edit.at.offset).earliest
                note = f"written by {edit.program}"[:LONGEST_SOURCE]
                source = edit.where[:LONGEST_SOURCE]
                yield Signal(source, SignalKind.NOT_BEFORE, earliest, None, Weight.D, note, EDITOR)

    def _first_releases(self) -> Iterator[Signal]:
        for field in ("encoder", "software"):
            release = first_release(getattr(self.reading, field), self.system)
            if release:
                source = f"{field} {release.program} ({self.source_of(field, field)})"
                note = "the program did not exist before"
                kind = SignalKind.NOT_BEFORE
                yield Signal(source, kind, release.not_before, None, Weight.D, note, release.program)

    def _of_its_name(self) -> Iterator[Signal]:
        found = read_name(self.context.file_name)
        if not found:
            return
        source = f"file name ({found.pattern})"
        if found.local and is_suspect(found.local):
            yield Signal(source, found.kind, found.earliest, found.latest, Weight.E, NEVER_SET, FILE_NAME)
            return
        earliest, latest, note = found.earliest, found.latest, found.shown
        if found.local:
            reckoned = reckon(found.local, place_offsets=self._offsets_of_place(found.local))
            earliest, latest = reckoned.earliest, reckoned.latest
            note = f"{found.shown}, {reckoned.because}"
        elif found.kind is SignalKind.NOT_AFTER:
            note = f"on a device by {found.shown}"
        yield Signal(source, found.kind, earliest, latest, Weight.D, note, FILE_NAME)

    def _of_the_desk(self) -> Iterator[Signal]:
        context = self.context
        if context.stated_start or context.stated_end:
            yield Signal(
                "sender's statement",
                SignalKind.SELF_ASSERTED,
                context.stated_start,
                context.stated_end or context.stated_start,
                Weight.D,
                "said by who sent it",
                SENDER,
            )
        for each in times_in(context.source_url):
            attested = context.source_attested
            weight = each.attested_weight if attested else Weight.D
            note = "the page was seen by the desk" if attested else "the page was not seen by the desk"
            source = f"address ({each.platform})"
            yield Signal(
                source, SignalKind.NOT_AFTER, None, each.at, weight, note, f"{ADDRESS} {each.platform}"
            )
        yield from archive_signals.signals_of(context)
        yield from (_of_a_copy(copy) for copy in self.earlier_copies())
        if context.received_at:
            note = "received by the desk"
            yield Signal("receipt", SignalKind.NOT_AFTER, None, context.received_at, Weight.B, note, RECEIPT)


def named(source: str) -> str:
    """A place in a file by the name that people know it by."""
    return NAMES_OF_SOURCES.get(source, source)[:LONGEST_SOURCE]


def _of_a_copy(copy: EarlierCopy) -> Signal:
    weight = copy.weight if copy.confirmed else Weight.E
    judged = "same bytes" if copy.relation == "exact" else "match confirmed by a person"
    note = f"{judged}, {copy.source}" if copy.confirmed else f"match not confirmed: not used; {copy.source}"
    source = f"{copy.relation} copy {copy.reference}"
    return Signal(
        source, SignalKind.NOT_AFTER, None, copy.not_after, weight, note, f"{COPY} {copy.reference}"
    )
