"""The date envelope as a drawing: what each signal says of the capture, against the claimed time.

The axis is compressed: between two neighbouring times of the drawing the distance grows with the
logarithm of the time between them, so that two hours stay visible beside ten years. Order and
overlap are true; lengths are not, and the drawing says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import log2
from typing import Any

from django.utils.translation import gettext as _

from claims.isolation import cut, isolated
from verification.sentences import worded
from verification.templatetags.desk import short_ids

WIDTH, MARGIN, ROW, TOP = 480, 12, 40, 8
LONGEST_LABEL = 30
_STEP = timedelta(minutes=15)
_LEAST_BAR = 4.0


@dataclass(frozen=True)
class Bar:
    """One signal: where its bar begins and ends, in units of the drawing, and what it says."""

    source: str
    kind: str
    weight: str
    note: str
    earliest: datetime | None
    latest: datetime | None
    start: float
    end: float
    top: int
    used: bool

    @property
    def width(self) -> float:
        """Never so thin that it could be overlooked."""
        return max(self.end - self.start, _LEAST_BAR)

    @property
    def label(self) -> str:
        """The source in the reader's language, as far as it fits."""
        return isolated(cut(short_ids(worded(self.source)), LONGEST_LABEL))

    @property
    def text_y(self) -> int:
        """The line on which its words stand."""
        return self.top + 14

    @property
    def middle(self) -> int:
        """The line on which its bar lies."""
        return self.top + 26

    @property
    def is_open(self) -> bool:
        """Whether it is bounded on one side alone."""
        return self.earliest is None or self.latest is None

    @property
    def thickness(self) -> int:
        """Thin where a side is open: such a bar says where it ends, not how long it is."""
        return 2 if self.is_open else 8

    @property
    def bar_y(self) -> int:
        """The upper side of its bar."""
        return self.middle - self.thickness // 2

    @property
    def cap_y(self) -> int:
        """The upper side of the mark at a bound."""
        return self.middle - 7

    @property
    def caps(self) -> list[float]:
        """Where the marks stand: at the one bound of an open bar."""
        if not self.is_open:
            return []
        return [self.end - 3 if self.earliest is None else self.start]

    @property
    def arrow(self) -> str:
        """The points of the arrow at an open side; empty where both sides are bounded."""
        if not self.is_open:
            return ""
        tip, back = (self.start, 8) if self.earliest is None else (self.end, -8)
        return f"{tip},{self.middle} {tip + back},{self.middle - 5} {tip + back},{self.middle + 5}"

    @property
    def dates(self) -> str:
        """Its bounds, as short as they can be without losing the zone."""
        if self.earliest is None:
            return _("by %(time)s") % {"time": _short(self.latest)}
        if self.latest is None:
            return _("from %(time)s") % {"time": _short(self.earliest)}
        if self.earliest == self.latest:
            return _short(self.earliest)
        return f"{_short(self.earliest).removesuffix(' UTC')} – {_short(self.latest, self.earliest)}"


@dataclass(frozen=True)
class Drawing:
    """What the template draws: the claimed band, the bars from the top down, and the size."""

    bars: tuple[Bar, ...]
    claimed: Bar | None
    ticks: tuple[tuple[float, datetime], ...]
    appearance: datetime | None
    width: int
    height: int


def draw(details: Mapping[str, Any]) -> Drawing:
    """The drawing of one ``dates.envelope`` finding's details."""
    signals = [_bounds(each) for each in details.get("signals", ())]
    claimed = (_time(details.get("claimed_start")), _time(details.get("claimed_end")))
    captured = (_time(details.get("earliest")), _time(details.get("latest")))
    times = [*claimed, *captured, *(time for bounds in signals for time in bounds)]
    scale = Scale(time for time in times if time)
    rows = [dict(each) for each in details.get("signals", ())]
    if any(captured):
        rows.insert(0, {"source": "", "kind": "captured", "weight": "", "note": ""})
        signals.insert(0, captured)
    bars = tuple(
        scale.bar(row, bounds, TOP + number * ROW)
        for number, (row, bounds) in enumerate(zip(rows, signals, strict=True))
    )
    height = TOP + ROW * len(bars) + 8
    band = scale.bar({"kind": "claimed"}, claimed, 0) if any(claimed) else None
    return Drawing(bars, band, scale.ends(), _time(details.get("earliest_appearance")), WIDTH, height)


class Scale:
    """Times to horizontal places, compressed between neighbours."""

    def __init__(self, times: Iterable[datetime]) -> None:
        self._times = sorted(set(times))
        steps = [1.0 + log2(1 + (later - earlier) / _STEP) for earlier, later in pairwise(self._times)]
        # Room for what is open on a side.
        steps = [2.0, *steps, 2.0]
        unit = (WIDTH - 2 * MARGIN) / sum(steps)
        self._places, place = {}, float(MARGIN)
        for time, step in zip(self._times, steps, strict=False):
            place += step * unit
            self._places[time] = place

    def at(self, time: datetime | None, *, otherwise: float) -> float:
        """The place of a time; ``otherwise`` for an open side."""
        return round(self._places[time], 1) if time else otherwise

    def bar(self, row: Mapping[str, Any], bounds: tuple[datetime | None, datetime | None], top: int) -> Bar:
        """The bar of one signal."""
        earliest, latest = bounds
        return Bar(
            source=str(row.get("source", "")),
            kind=str(row.get("kind", "")),
            weight=str(row.get("weight", "")),
            note=str(row.get("note", "")),
            earliest=earliest,
            latest=latest,
            start=self.at(earliest, otherwise=MARGIN),
            end=self.at(latest, otherwise=WIDTH - MARGIN),
            top=top,
            used=row.get("weight") != "E",
        )

    def ends(self) -> tuple[tuple[float, datetime], ...]:
        """The first and the last time, with their places."""
        ends = dict.fromkeys([*self._times[:1], *self._times[-1:]])
        return tuple((round(self._places[time], 1), time) for time in ends)


def _bounds(signal: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    return _time(signal.get("earliest")), _time(signal.get("latest"))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _short(time: datetime | None, after: datetime | None = None) -> str:
    """A time in UTC; of the same day as the one before it, the clock alone."""
    if time is None:
        return ""
    same_day = after is not None and after.date() == time.date()
    return time.strftime("%H:%M UTC" if same_day else "%Y-%m-%d %H:%M UTC")
