"""The fields of a ``Reading`` while they are gathered from several places of one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from media_checks.reading.record import Edit, StatedDate

_MOST_DATES = 50


@dataclass
class Statements:
    """Fields of a ``Reading`` as they are gathered, with where each was read."""

    fields: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    unusable_dates: dict[str, str] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stated_dates: list[StatedDate] = field(default_factory=list)
    _last: dict[str, tuple[Any, str]] = field(default_factory=dict)

    def say(self, name: str, value: Any, source: str) -> None:
        """Record a field once: what was read first stands."""
        if value is not None and name not in self.fields:
            self.fields[name] = value
            self.sources[name] = source

    def stated(self, date: StatedDate) -> None:
        """Keep a date of XMP, IPTC or a PNG; it stands for its field where nothing was said before."""
        if date not in self.stated_dates and len(self.stated_dates) < _MOST_DATES:
            self.stated_dates.append(date)
        if not date.whole_day:
            self.say(date.name, date.clock, date.where)

    def last_resort(self, name: str, value: Any, source: str) -> None:
        """Keep a value for ``fall_back``, which says it where no better source has said the field."""
        if value is not None:
            self._last.setdefault(name, (value, source))

    def kept_back(self, name: str, otherwise: Any = None) -> Any:
        """What ``fall_back`` would say of a field."""
        return self._last[name][0] if name in self._last else otherwise

    def fall_back(self) -> None:
        """Say what was kept as a last resort."""
        for name, (value, source) in self._last.items():
            self.say(name, value, source)
