"""The demo case and its ten claims, after the chapters of *Breaking Aleppo* (Atlantic Council, 2017).

Figures are the report's, the sentences are ours. Event times are Damascus time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from claims.models import ClaimCategory

DAMASCUS = ZoneInfo("Asia/Damascus")

SLUG = "breaking-aleppo"
TITLE = "Breaking Aleppo"
INTRODUCTION = (
    "A demonstration case. Its ten claims follow the chapters of the report Breaking Aleppo by Maksymilian "
    "Czuperski, Faysal Itani, Ben Nimmo, Eliot Higgins and Emma Beals (Atlantic Council, February 2017). "
    "Every picture and film in it was rendered when the case was loaded: none of them is footage, and nobody "
    "in it exists. What the report says that bears on each claim:"
)

BOTH = "The Syrian and Russian governments"
SYRIA = "The Syrian government"


@dataclass(frozen=True)
class Site:
    """A place on WGS 84 and its radius in metres."""

    name: str
    latitude: float
    longitude: float
    precision_m: float


CITY = Site("Aleppo", 36.2021, 37.1343, 8000)
EAST = Site("East Aleppo", 36.2070, 37.1850, 4000)


@dataclass(frozen=True)
class Told:
    """A claim as it was told, and the figure of the report that bears on it."""

    key: str
    statement: str
    claimant: str
    category: ClaimCategory
    start: datetime
    end: datetime
    site: Site
    figure: str

    def fields(self) -> dict[str, Any]:
        """What ``claims.operations.open_claim`` takes."""
        return {
            "statement": self.statement,
            "claimant": self.claimant,
            "category": self.category,
            "event_start": self.start,
            "event_end": self.end,
            "place_name": self.site.name,
            "latitude": self.site.latitude,
            "longitude": self.site.longitude,
            "precision_m": self.site.precision_m,
        }


def local(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2016) -> datetime:
    """A time in Damascus, aware."""
    return datetime(year, month, day, hour, minute, tzinfo=DAMASCUS)


def end_of(month: int, day: int, year: int = 2016) -> datetime:
    """The last second of a day in Damascus, aware."""
    return local(month, day, 23, 59, year) + timedelta(seconds=59)


CLAIMS = (
    Told(
        "population",
        "East Aleppo held only militants.",
        BOTH,
        ClaimCategory.POPULATION,
        local(11, 15),
        end_of(12, 22),
        EAST,
        "At least 110,000 people left in the final evacuation; estimates of who lived there ran from 30,000 "
        "to 326,000.",
    ),
    Told(
        "hospitals",
        "No hospital in Aleppo was struck.",
        BOTH,
        ClaimCategory.MEDICAL,
        local(6, 1),
        end_of(12, 31),
        EAST,
        "As many as 172 verified attacks on medical facilities and staff across Syria from June to December "
        "2016, 73 of them (42 %) in the city of Aleppo.",
    ),
    Told(
        "bombing",
        "There was no indiscriminate bombing of Aleppo.",
        SYRIA,
        ClaimCategory.BOMBING,
        local(1, 1),
        end_of(12, 31),
        CITY,
        "4,045 barrel bombs were counted on Aleppo in 2016, 225 of them in December.",
    ),
    Told(
        "incendiary",
        "No incendiary weapons were used in and around Aleppo.",
        BOTH,
        ClaimCategory.INCENDIARY,
        local(11, 1, year=2012),
        end_of(12, 22),
        CITY,
        "Human Rights Watch recorded over sixty attacks from November 2012 on.",
    ),
    Told(
        "cluster",
        "No cluster munitions were used in the city of Aleppo.",
        BOTH,
        ClaimCategory.CLUSTER,
        local(7, 1),
        end_of(12, 31),
        CITY,
        "At least twenty-two incidents in the city from July to December 2016; 116 countries have banned "
        "these weapons.",
    ),
    Told(
        "chemical",
        "There were no chemical attacks on opposition-held Aleppo.",
        SYRIA,
        ClaimCategory.CHEMICAL,
        local(8, 1),
        end_of(12, 22),
        EAST,
        "Reports were frequent in the final months; the third report of the OPCW/UN mechanism appeared in "
        "August 2016.",
    ),
    Told(
        "pauses",
        "The pauses in the fighting were for the civilians.",
        BOTH,
        ClaimCategory.CEASEFIRE,
        local(2, 1),
        end_of(12, 31),
        CITY,
        "Four ceasefires in 2016: in February, around Eid in July, in September, and in December.",
    ),
    Told(
        "sieges",
        "The sieges spared the civilians.",
        SYRIA,
        ClaimCategory.SIEGE,
        local(7, 1),
        end_of(12, 22),
        EAST,
        "More than forty localities were besieged over the conflict.",
    ),
    Told(
        "evacuation",
        "The evacuation was voluntary and safe.",
        BOTH,
        ClaimCategory.EVACUATION,
        local(12, 13),
        end_of(12, 22),
        EAST,
        "Aleppo fell on 22 December 2016.",
    ),
    Told(
        "witnesses",
        "The witnesses of Aleppo were staged.",
        BOTH,
        ClaimCategory.WITNESSES,
        local(7, 1),
        end_of(12, 22),
        EAST,
        "The evidence itself was attacked, in the same terms across many platforms.",
    ),
)

DESCRIPTION = "\n".join([INTRODUCTION, *(f"- {each.statement} {each.figure}" for each in CLAIMS)])
