"""How the demo case tells of what is sent in: the words, the scenes, clocks and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from claims.models import Consent, Stance
from verification.demo.case import Site
from verification.demo.exif import Fix
from verification.demo.files import Make
from verification.demo.scenes import Scene

MARKED = {"en": "Demonstration. ", "ar": "عرض توضيحي. "}
WINTER, SUMMER = timedelta(hours=2), timedelta(hours=3)

SCENES = {
    "market": Scene("day", ("stalls", "figures"), 11),
    "ward": Scene("day", ("clinic",), 12),
    "street": Scene("dust", ("rubble", "smoke"), 13),
    "roofs": Scene("grey", ("tanks",), 14),
    "mound": Scene("dawn", ("hill", "figures"), 15),
    "night": Scene("night", ("glow",), 16),
    "canister": Scene("dust", ("canister",), 17),
    "yard": Scene("dust", ("hill",), 32),
    "convoy": Scene("day", ("trucks",), 19),
    "bread": Scene("dusk", ("figures",), 20),
    "buses": Scene("grey", ("buses",), 21),
    "evening": Scene("dusk", ("buses", "figures"), 22),
    "shelter": Scene("night", ("arches", "figures"), 23),
    "clinic": Scene("day", ("clinic", "rubble", "figures"), 25),
    "square": Scene("dawn", ("hill", "trucks"), 26),
}


@dataclass(frozen=True)
class Sent:
    """One act of sending in. ``by`` is a demo person's key, or empty for a volunteer.

    ``make`` makes the file, none for an address alone; ``earlier`` items are sent and checked first.
    """

    key: str
    claim: str
    description: str
    make: Make | None = None
    name: str = ""
    by: str = ""
    earlier: bool = False
    language: str = "en"
    stance: Stance = Stance.REFUTES
    start: datetime | None = None
    end: datetime | None = None
    where: str = ""
    how: str = ""
    source_url: str = ""
    consent: Consent = Consent.FINDINGS
    contact: str = ""

    @property
    def text(self) -> str:
        """The description, marked as a demonstration."""
        return MARKED[self.language] + self.description


def x_address(moment: datetime) -> str:
    """An address on X that carries this time; its last 22 bits are all set, so nobody's post has it."""
    milliseconds = int(moment.timestamp() * 1000)
    return f"https://x.com/demonstration/status/{(milliseconds - 1_288_834_974_657) << 22 | 0x3FFFFF}"


def near(site: Site, north: float, east: float, clock: datetime) -> Fix:
    """A GPS fix so many degrees from a site's middle, at this time (UTC)."""
    return Fix(site.latitude + north, site.longitude + east, clock)


def wall(month: int, day: int, hour: int, minute: int, year: int = 2016) -> datetime:
    """What a camera's clock shows: a time without a zone."""
    return datetime(year, month, day, hour, minute)
