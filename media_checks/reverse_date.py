"""The reverse-date check: from every proof of existence back to when the capture can have been.

It never answers with one date. It says whether the interval that the signals leave is
compatible with the claimed time, and which signals say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import combinations

from media_checks import date_findings as codes
from media_checks import dates, sun
from media_checks.archive_signals import is_hint
from media_checks.context import Context, Kind, Media, Weight
from media_checks.contract import UNREADABLE, Check, Finding, Unreadable
from media_checks.date_findings import bound, said, saying, shown, span, utc_zone, wall
from media_checks.date_signals import COPY, GPS, RECEIPT, SENDER, Clock, Evidence, named
from media_checks.dates import Signal, SignalKind, written
from media_checks.reading import Reading, read
from media_checks.zones import offsets_at, zones_at

DISAGREEMENT = timedelta(days=1)
MODIFIED_EARLIER = timedelta(seconds=2)


def examine(media: Media, context: Context) -> Iterator[Finding]:
    """What every date of the file, its name, its address and its copies say against the claimed time."""
    try:
        reading = read(media, context.trust_anchors)
    except Unreadable as unreadable:
        # What is known of it beside its bytes still counts, above all an earlier copy.
        yield Finding(UNREADABLE, {"reason": unreadable.reason})
        reading = Reading(media_type=media.media_type, kind=media.kind)
    yield from Examination(Evidence(reading, context), context).findings()


@dataclass(frozen=True)
class Examination:
    """One file against one claimed time."""

    evidence: Evidence
    context: Context

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """All signals, also those that are only recorded."""
        return self.evidence.signals()

    @cached_property
    def asserted(self) -> tuple[Signal, ...]:
        """What devices and people say of the capture, once per program."""
        return dates.once_per_program(self._used(SignalKind.SELF_ASSERTED))

    @cached_property
    def bounds(self) -> tuple[Signal, ...]:
        """By when the content existed."""
        return tuple(self._used(SignalKind.NOT_AFTER))

    @cached_property
    def fitting(self) -> tuple[Signal, ...]:
        """What the file itself says of the capture that overlaps the claimed time."""
        start, end = self.context.claimed_start, self.context.claimed_end
        of_the_file = (each for each in self.asserted if each.program != SENDER)
        return tuple(each for each in of_the_file if dates.fits(each, start, end))

    @property
    def has_claimed_time(self) -> bool:
        """Whether there is anything to compare with."""
        return bool(self.context.claimed_start or self.context.claimed_end)

    def findings(self) -> Iterator[Finding]:
        """Every finding, the envelope last."""
        if self.has_claimed_time:
            yield from self._existed_before()
            yield from self._possibly_existed_before()
            yield from self._outside()
            yield from self._fits()
            yield from self._seconds()
            yield from self._not_the_original()
        else:
            yield Finding(codes.NO_CLAIMED_TIME)
        yield from self._zones()
        yield from self._modified_before_capture()
        yield from self._captured_too_late()
        yield from self._disagreements()
        yield from self._suspect_clocks()
        yield from sun.findings(self.evidence, self.context)
        if self.context.archive_not_asked:
            yield Finding(codes.ARCHIVE_NOT_ASKED, {"reason": self.context.archive_not_asked})
        if not self._says_anything():
            yield Finding(codes.NONE)
        yield self._envelope()

    def _used(self, kind: SignalKind) -> Iterator[Signal]:
        return (each for each in self.signals if each.used and each.kind is kind)

    def _says_anything(self) -> bool:
        told = (*self.asserted, *self.bounds)
        return any(each.program not in (SENDER, RECEIPT) and not is_hint(each) for each in told)

    def _existed_before(self) -> Iterator[Finding]:
        start = self.context.claimed_start
        for each in self.bounds:
            if each.weight not in dates.PROOFS or not dates.lies_before(each, start):
                continue
            if each.program == RECEIPT:
                details = {"received_at": shown(each.latest), "claimed_start": shown(start)}
                yield Finding(codes.RECEIVED_BEFORE_CLAIM, details)
            else:
                details = bound(each) | {"claimed_start": shown(start)}
                yield Finding(codes.EARLIER_COPY, details | self._copy_of(each))

    def _copy_of(self, signal: Signal) -> dict[str, object]:
        for copy in self.context.earlier_copies:
            if signal.program == f"{COPY} {copy.reference}":
                return {"reference": copy.reference, "relation": copy.relation, "distance": copy.distance}
        return {}

    def _possibly_existed_before(self) -> Iterator[Finding]:
        start = self.context.claimed_start
        for copy in self.evidence.earlier_copies():
            if copy.confirmed or not copy.not_after or not start or copy.weight is Weight.E:
                continue
            if copy.not_after < start - dates.TOLERANCE_OF_PROOF:
                details = {
                    "reference": copy.reference,
                    "relation": copy.relation,
                    "distance": copy.distance,
                    "existed_by": shown(copy.not_after),
                    "claimed_start": shown(start),
                }
                yield Finding(codes.POSSIBLE_EARLIER_COPY, details)

    def _outside(self) -> Iterator[Finding]:
        start, end = self.context.claimed_start, self.context.claimed_end
        weak = (each for each in self.bounds if each.weight not in dates.PROOFS)
        for each in (*self.asserted, *weak):
            if not dates.fits(each, start, end):
                yield Finding(codes.OUTSIDE_CLAIM, saying(each) | {"claimed": self._claimed()})

    def _fits(self) -> Iterator[Finding]:
        for each in self.fitting:
            yield Finding(codes.FITS_CLAIM, saying(each) | {"claimed": self._claimed()})
        for each in self.bounds:
            if not self._of_its_own(each) or dates.lies_before(each, self.context.claimed_start):
                continue
            code = codes.EXISTED_SOON_AFTER if self._soon(each) else codes.KNOWN_ONLY_LATER
            yield Finding(code, bound(each) | {"claimed": self._claimed()})

    @staticmethod
    def _of_its_own(bound: Signal) -> bool:
        """Every file is received, and a copy or a page has its own story: none makes a file consistent."""
        return bound.program != RECEIPT and not bound.program.startswith(COPY) and not is_hint(bound)

    def _soon(self, bound: Signal) -> bool:
        end = self.context.claimed_end or self.context.claimed_start
        return bool(end and bound.latest and bound.latest <= end + dates.SOON)

    def _seconds(self) -> Iterator[Finding]:
        """The GPS clock, or a proof of existence soon after the claimed time, beside what else fits."""
        start = self.context.claimed_start
        proofs = [
            each
            for each in self.bounds
            if each.weight in dates.PROOFS and self._soon(each) and not dates.lies_before(each, start)
        ]
        first = next((each for each in self.fitting if each.program != GPS), None)
        for each in (*(one for one in self.fitting if one.program == GPS), *proofs):
            beside = first if each.program == GPS else next(iter(self.fitting), None)
            if beside:
                yield Finding(codes.SECOND_SIGNAL, saying(each) | {"other_source": beside.source})

    def _not_the_original(self) -> Iterator[Finding]:
        end = self.context.claimed_end
        for each in self._used(SignalKind.NOT_BEFORE):
            if end and each.earliest and each.earliest > end + each.tolerance:
                details = {
                    "source": each.source,
                    "not_before": shown(each.earliest),
                    "note": each.note,
                    "claimed_end": shown(end),
                }
                yield Finding(codes.NOT_THE_ORIGINAL_FILE, details)

    def _zones(self) -> Iterator[Finding]:
        """The first clock whose zone is known is the device's: its other fields would only repeat it."""
        for clock in (self.evidence.captured(), self.evidence.created()):
            if clock and clock.reckoned.offset is not None and not clock.suspect:
                yield from self._zone_of(clock, clock.reckoned.offset)
                return

    def _zone_of(self, clock: Clock, offset: timedelta) -> Iterator[Finding]:
        place = self.context.place
        there = offsets_at(place, clock.reckoned.earliest) if place else frozenset()
        if place is None or not there or offset in there:
            return
        details = {
            "source": clock.source,
            "clock_zone": utc_zone(offset),
            "because": clock.reckoned.because,
            "zone": ", ".join(zones_at(place)),
            "place_zone": " or ".join(utc_zone(each) for each in sorted(there)),
            "day": clock.local.strftime("%Y-%m-%d"),
        }
        yield Finding(codes.ZONE_DOES_NOT_FIT, details)

    def _modified_before_capture(self) -> Iterator[Finding]:
        captured, modified = self.evidence.captured(), self.evidence.modified()
        if not captured or not modified or captured.suspect or modified.suspect:
            return
        reading = self.evidence.reading
        written_at = (reading.captured_at, reading.modified_at)
        if all(each and each.offset is not None for each in written_at):
            earlier = captured.reckoned.earliest - modified.reckoned.earliest
        else:
            # One device, one clock: without two offsets the walls are compared as they stand.
            earlier = captured.local - modified.local
        if earlier >= MODIFIED_EARLIER:
            details = {"modified": wall(modified.local), "captured": wall(captured.local)}
            yield Finding(codes.MODIFIED_BEFORE_CAPTURE, details)

    def _captured_too_late(self) -> Iterator[Finding]:
        for proof in self.bounds:
            if proof.weight not in dates.PROOFS or not proof.latest:
                continue
            code = codes.CAPTURED_AFTER_RECEIPT if proof.program == RECEIPT else codes.CAPTURED_AFTER_COPY
            for each in self.asserted:
                if each.program != SENDER and dates.gap_between(proof, each) > each.tolerance:
                    yield Finding(
                        code, saying(each) | {"existed_by": shown(proof.latest), "proof": proof.source}
                    )

    def _disagreements(self) -> Iterator[Finding]:
        """Self-asserted signals against each other; proofs against them are judged apart."""
        weak = tuple(each for each in self.bounds if each.weight not in dates.PROOFS)
        for one, other in combinations((*self.asserted, *weak), 2):
            if dates.gap_between(one, other) > DISAGREEMENT:
                details = {"other_source": other.source, "other_said": said(other)}
                yield Finding(codes.SIGNALS_DISAGREE, saying(one) | details)

    def _suspect_clocks(self) -> Iterator[Finding]:
        for clock in self.evidence.clocks():
            if clock.suspect:
                yield Finding(codes.SUSPECT_CLOCK, {"source": clock.source, "said": wall(clock.local)})
        for field, value in self.evidence.reading.unusable_dates.items():
            if value.startswith("0000"):
                yield Finding(codes.SUSPECT_CLOCK, {"source": named(field), "said": value[:19]})

    def _claimed(self) -> str:
        return span(self.context.claimed_start, self.context.claimed_end)

    def _envelope(self) -> Finding:
        found = dates.envelope(each for each in self.signals if not is_hint(each))
        details = {
            "signals": [each.as_json() for each in self.signals],
            "earliest": written(found.earliest),
            "latest": written(found.latest),
            "earliest_appearance": written(found.earliest_appearance),
            "claimed_start": written(self.context.claimed_start),
            "claimed_end": written(self.context.claimed_end),
            "from_text": shown(found.earliest),
            "to_text": shown(found.latest),
            "by_text": shown(found.earliest_appearance),
        }
        return Finding(codes.ENVELOPE, details)


CHECK = Check(
    slug="reverse_date",
    version=1,
    kinds=frozenset({Kind.PHOTO, Kind.VIDEO}),
    codes=(*codes.CODES, sun.SUN),
    examine=examine,
    after=("perceptual_hash",),
    libraries=("tzdata", "timezonefinder-data", "astral", "Pillow", "exifread", "av", "c2pa-python"),
    parameters={
        "tolerance_s": {
            "proof": dates.TOLERANCE_OF_PROOF.total_seconds(),
            "clock": dates.TOLERANCE_OF_CLOCK.total_seconds(),
            "name": dates.TOLERANCE_OF_NAME.total_seconds(),
        },
        "soon_s": dates.SOON.total_seconds(),
        "disagreement_s": DISAGREEMENT.total_seconds(),
    },
)
