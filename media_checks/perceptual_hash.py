"""The perceptual hash check: the fingerprints to store and to search with, and what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from media_checks import descriptors
from media_checks.context import Context, EarlierCopy, Kind, Media
from media_checks.contract import Check, CheckVerdict, Code, Finding
from media_checks.files import require_readable
from media_checks.fingerprints import (
    ALGORITHM_VERSION,
    LEAST_QUALITY,
    MIRRORED,
    NEAR,
    ORIENTATIONS,
    SIDE,
    TRIMMED,
    UPRIGHT,
    WHOLE,
    Fingerprint,
    canonical_of,
    distance,
    frame_rows,
    inside,
    query_rows,
)
from media_checks.local_features import VERSION, Features, features_of
from media_checks.photos import greys_of, open_photo, orientation_of, upright
from media_checks.video import GREATEST_GAP_S, MOST_FRAMES, Sampling, frames

# Frames this close to the one before are the same picture standing still.
REPEAT = 8
BARRED_SHARE = 0.8
MOST_BYTES = 120_000
MOST_REFERENCES = 50
MOST_TURNED = 20
# What the finding on fingerprints holds for the search alone: neither kept nor shown.
SEARCHED_WITH = frozenset({"queries", "described", "local_features"})

COMPUTED = Code("perceptual_hash.computed", None, "The file was fingerprinted ({stored} fingerprints).")
LOW_QUALITY = Code(
    "perceptual_hash.low_quality",
    CheckVerdict.INCONCLUSIVE,
    "The picture has too little in it for a fingerprint (quality {quality} of 100);"
    " only identical files can be found.",
)
DAMAGED = Code(
    "perceptual_hash.damaged",
    CheckVerdict.INCONCLUSIVE,
    "Part of the video could not be decoded; it was searched by the rest.",
)
NO_COPIES = Code(
    "perceptual_hash.no_copies", CheckVerdict.CONSISTENT, "No copy was found; files searched: {searched}."
)
POSSIBLE_COPIES = Code(
    "perceptual_hash.possible_copies",
    CheckVerdict.INCONCLUSIVE,
    "Possible copies found: {count}, files searched: {searched}; a person must judge each.",
)
NOT_COMPARED = Code(
    "perceptual_hash.not_compared",
    CheckVerdict.INCONCLUSIVE,
    "Files that may be copies but could not be laid over this one: {count}.",
)
EXACT_COPIES = Code("perceptual_hash.exact_copies", None, "Identical files received: {count}.")
CONFIRMED_COPIES = Code("perceptual_hash.confirmed_copies", None, "Copies confirmed by a person: {count}.")


def examine(media: Media, context: Context) -> Iterator[Finding]:
    """The fingerprints of a photo, or of the frames of a video."""
    require_readable(media)
    if media.kind is Kind.PHOTO:
        yield from _photo(media, context)
    else:
        yield from _video(media)


def told(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a finding without what serves the search alone."""
    return {name: each for name, each in details.items() if name not in SEARCHED_WITH}


def follow_up(findings: Sequence[Finding], context: Context) -> Iterator[Finding]:
    """What the search for earlier copies adds to the findings; nothing where none was made."""
    if context.searched is None:
        return
    exact = [copy for copy in context.earlier_copies if copy.relation == "exact"]
    near = [copy for copy in context.earlier_copies if copy.relation != "exact"]
    confirmed = [copy for copy in near if copy.confirmed]
    possible = [copy for copy in near if not copy.confirmed]
    for code, copies in ((EXACT_COPIES, exact), (CONFIRMED_COPIES, confirmed), (POSSIBLE_COPIES, possible)):
        if copies:
            yield Finding(code, _counted(copies, context.searched))
    hashed = any(finding.code == COMPUTED for finding in findings)
    if context.not_compared:
        yield Finding(NOT_COMPARED, {"count": context.not_compared})
    elif hashed and not context.earlier_copies:
        yield Finding(NO_COPIES, {"searched": context.searched})


def worked_with(findings: Sequence[Finding]) -> Mapping[str, Any]:
    """The operator's model, where a photo was described with one."""
    told = next((each.details["descriptors"] for each in findings if "descriptors" in each.details), None)
    return {"descriptors": told} if told else {}


def _counted(copies: Sequence[EarlierCopy], searched: int) -> dict[str, Any]:
    """How many there are, by what they are copies in: one that is bound twice is still one."""
    references = list(dict.fromkeys(copy.reference for copy in copies))
    return {"count": len(references), "searched": searched, "references": references[:MOST_REFERENCES]}


def _photo(media: Media, context: Context) -> Iterator[Finding]:
    greys, orientation = greys_of(media, at_least=SIDE), orientation_of(open_photo(media))
    parts = canonical_of(greys, orientation)
    rows = query_rows(parts)
    stored = [row for row in rows if row.orientation == UPRIGHT]
    quality = max(row.quality for row in stored)
    if quality < LEAST_QUALITY:
        yield _low_quality(stored, quality)
    else:
        telling = [row for row in rows if row.quality >= LEAST_QUALITY]
        features = features_of(upright(greys, orientation), inside(parts[WHOLE]))
        computed = _computed([row for row in stored if row.quality >= LEAST_QUALITY], telling, features)
        model = context.descriptor_model
        described = descriptors.describe(media, model) if model else {}
        yield Finding(COMPUTED, {**computed.details, **described})


def _video(media: Media) -> Iterator[Finding]:
    sampling = Sampling()
    rows = [row for frame in frames(media, sampling) for row in frame_rows(frame.pixels, frame.at)]
    upright = [row for row in rows if row.orientation == UPRIGHT]
    telling = _kept([row for row in upright if row.quality >= LEAST_QUALITY])
    if telling:
        yield _computed(telling, _asked_of_film(telling, rows))
    else:
        yield _low_quality(upright[:10], max(row.quality for row in upright))
    if sampling.broken or sampling.cut_off:
        yield Finding(DAMAGED, {"packets": sampling.broken, "seconds": round(sampling.reached, 1)})


def _kept(rows: Sequence[Fingerprint]) -> list[Fingerprint]:
    """Without repeats; of a film with bars, whose frames have two rows each, evenly fewer.

    Bars stay through a film: what some frames only seem to have is a plain edge of a scene.
    """
    whole, trimmed = ([row for row in rows if row.part == part] for part in (WHOLE, TRIMMED))
    if len(trimmed) < BARRED_SHARE * len(whole):
        trimmed = []
    parts = [_without_repeats(whole), _without_repeats(trimmed)]
    while sum(map(len, parts)) > MOST_FRAMES:
        parts = [part[::2] for part in parts]
    return sorted((row for part in parts for row in part), key=lambda row: row.at or 0.0)


def _asked_of_film(stored: Sequence[Fingerprint], rows: Sequence[Fingerprint]) -> list[Fingerprint]:
    """What is stored, mirrored too; a few frames in the other orientations, for films are seldom turned.

    One orientation after the other: whoever takes every second row takes every second frame of each.
    """
    every = {(row.at, row.part) for row in stored}
    few = {(row.at, row.part) for row in stored[:: -(-len(stored) // MOST_TURNED)]}
    asked = [
        row
        for row in rows
        if (row.at, row.part) in (every if row.orientation in (UPRIGHT, MIRRORED) else few)
    ]
    return sorted(asked, key=lambda row: ORIENTATIONS.index(row.orientation))


def _without_repeats(rows: Sequence[Fingerprint]) -> list[Fingerprint]:
    kept: list[Fingerprint] = []
    for row in rows:
        if not kept or distance(kept[-1].bits, row.bits) > REPEAT:
            kept.append(row)
    return kept


def _computed(
    stored: Sequence[Fingerprint], queries: Sequence[Fingerprint], features: Features | None = None
) -> Finding:
    rows = [row.as_json() for row in stored]
    searched = [row.as_json() for row in queries]
    left = MOST_BYTES - len(json.dumps(rows))
    while len(json.dumps(searched)) > left:  # a long video is searched by evenly fewer of its frames
        searched = searched[::2]
    return Finding(
        COMPUTED,
        {
            "stored": len(rows),
            "version": ALGORITHM_VERSION,
            "fingerprints": rows,
            "queries": searched,
            "local_features": features and features.as_json(),
        },
    )


def _low_quality(rows: Sequence[Fingerprint], quality: int) -> Finding:
    """Not to be stored or searched with: shown, so that a person sees what was computed."""
    return Finding(LOW_QUALITY, {"quality": quality, "fingerprints": [row.as_json() for row in rows]})


CHECK = Check(
    slug="perceptual_hash",
    version=1,
    kinds=frozenset({Kind.PHOTO, Kind.VIDEO}),
    codes=(
        *(COMPUTED, LOW_QUALITY, DAMAGED, NO_COPIES, POSSIBLE_COPIES, NOT_COMPARED),
        *(EXACT_COPIES, CONFIRMED_COPIES),
    ),
    examine=examine,
    libraries=("pdqhash", "imagehash", "Pillow", "pillow-heif", "av", "numpy"),
    parameters={
        "canonical_side": SIDE,
        "algorithm_version": ALGORITHM_VERSION,
        "local_features_version": VERSION,
        "least_quality": LEAST_QUALITY,
        "near": NEAR,
        "repeat": REPEAT,
        "most_frames": MOST_FRAMES,
        "most_turned": MOST_TURNED,
        "greatest_gap_s": GREATEST_GAP_S,
    },
    worked_with=worked_with,
    follow_up=follow_up,
)
