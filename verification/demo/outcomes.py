"""What the demo's people conclude: pages attested, matches judged, evidence decided, verdicts written."""

from __future__ import annotations

from dataclasses import dataclass

from verification.models import Authenticity, Confidence, Judgement, Rating, VerdictState

RENDERED = (
    "The evidence tied to this claim here was rendered for the demonstration; the figures are the report's."
)


@dataclass(frozen=True)
class Attested:
    """Somebody saw the content of an item at its address."""

    item: str
    by: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """Somebody judged the match of two items; ``derived`` was made from ``original``."""

    original: str
    derived: str
    by: str
    reason: str
    judgement: Judgement = Judgement.DERIVED


@dataclass(frozen=True)
class Decided:
    """One reviewer's decision on an item."""

    item: str
    by: str
    authenticity: tuple[Authenticity, ...]
    confidence: Confidence
    rationale: str


@dataclass(frozen=True)
class Written:
    """One version of the verdict on a claim, how far it went, and why it was retracted if it was."""

    claim: str
    by: str
    approved_by: str
    rating: Rating
    confidence: Confidence
    summary: str
    rationale: str
    reached: VerdictState = VerdictState.PUBLISHED
    retracted: str = ""


ATTESTED = (
    Attested("street_2014", "amal", "I opened the archived page: it shows this picture."),
    Attested("roofs_2014", "jonas", "I opened the post: it shows this picture."),
    Attested("mound_2013", "amal", "I opened the archived page: it shows this picture."),
)

JUDGED = (
    Judged(
        "street_2014",
        "street_recycled",
        "amal",
        "Every wall, every stone and the smoke are the same; the later one is smaller.",
    ),
    Judged(
        "mound_2013",
        "mound_recycled",
        "jonas",
        "The same people stand in the same places; the later one is smaller and more compressed.",
    ),
)

_RECYCLED = (Authenticity.ORIGINAL, Authenticity.DECONTEXTUALIZED)

DECIDED = (
    Decided(
        "market",
        "amal",
        (Authenticity.ORIGINAL,),
        Confidence.PROBABLE,
        "The camera's time fits, its thumbnail shows the same picture, and no earlier copy is known.",
    ),
    Decided(
        "ward",
        "jonas",
        (Authenticity.ORIGINAL,),
        Confidence.CONFIRMED,
        "The camera's clock and the satellites' agree on hour and zone; the position lies in the district.",
    ),
    Decided(
        "clinic_film",
        "amal",
        (Authenticity.ORIGINAL,),
        Confidence.POSSIBLE,
        "The container's time fits, but the film came by way of a second person.",
    ),
    Decided(
        "street_recycled",
        "amal",
        _RECYCLED,
        Confidence.CONFIRMED,
        "A true picture, of another year: it stood in an archive in June 2014.",
    ),
    Decided(
        "street_recycled",
        "jonas",
        _RECYCLED,
        Confidence.CONFIRMED,
        "The archived page has it two years before. It says nothing about 2016.",
    ),
    Decided(
        "mound_recycled",
        "jonas",
        _RECYCLED,
        Confidence.CONFIRMED,
        "The picture was archived in May 2013, long before the pause that it is said to show.",
    ),
    Decided(
        "witness_clip",
        "jonas",
        (Authenticity.EDITED,),
        Confidence.PROBABLE,
        "An editing program wrote the file; it begins and ends in the middle of a movement.",
    ),
)

VERDICTS = (
    Written(
        "population",
        "amal",
        "jonas",
        Rating.REFUTED,
        Confidence.CONFIRMED,
        "East Aleppo was full of civilians.",
        "By those who left in the final evacuation alone, at least 110,000 people lived there; estimates ran "
        "from 30,000 to 326,000.",
    ),
    Written(
        "hospitals",
        "jonas",
        "amal",
        Rating.MOSTLY_REFUTED,
        Confidence.PROBABLE,
        "Hospitals in Aleppo were struck, many of them more than once.",
        "As many as 172 attacks on medical facilities and staff across Syria were verified from June to "
        "December 2016, many of them in the city. We could not yet check one by ourselves.",
    ),
    Written(
        "hospitals",
        "jonas",
        "amal",
        Rating.REFUTED,
        Confidence.CONFIRMED,
        "Hospitals in Aleppo were struck, again and again.",
        "73 of as many as 172 verified attacks (42 %) were in the city. Corrected: a photo from a hospital, "
        "confirmed by two clocks and a position, now stands beside the counts.",
    ),
    Written(
        "witnesses",
        "amal",
        "jonas",
        Rating.MISLEADING,
        Confidence.POSSIBLE,
        "One clip that is passed around was cut; that does not make the witnesses actors.",
        "The clip was written by an editing program and lacks its beginning and its end.",
        retracted="It was published before anybody had judged whether the clip is part of the longer film "
        "that we hold. Until that is done, this verdict does not stand.",
    ),
    Written(
        "cluster",
        "jonas",
        "amal",
        Rating.REFUTED,
        Confidence.PROBABLE,
        "Cluster munitions were used in the city.",
        "At least twenty-two incidents were reported there from July to December 2016. 116 countries have "
        "banned these weapons.",
        reached=VerdictState.APPROVED,
    ),
    Written(
        "chemical",
        "amal",
        "",
        Rating.MOSTLY_REFUTED,
        Confidence.POSSIBLE,
        "Chemical attacks were reported often in the last months.",
        "The third report of the OPCW/UN mechanism, of August 2016, bears on this. The one photo that we "
        "hold was changed after it was taken, and cannot carry a verdict.",
        reached=VerdictState.DRAFT,
    ),
)
