"""Examining: what the locked child and the search for copies say about an evidence item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings

from claims import sealing, storage
from claims.models import Evidence, MediaFile
from media_checks import perceptual_hash
from media_checks.context import Context, Place
from media_checks.contract import Check, Finding, Result, result_of
from media_checks.descriptors import Descriptors
from media_checks.sandbox import client
from verification import archives, descriptor_index, matching, working_copies


@dataclass(frozen=True)
class Examination:
    """One look of the locked child at one evidence item, for several checks at once; made when first asked.

    An archive is asked about the item's address before, where there is one to ask.

    A check that comes after another of them is examined too, ahead of its turn: what it found
    stands if the other has brought nothing to light that it did not know.
    """

    evidence: Evidence
    checks: tuple[Check, ...]

    def knows(self, check: Check) -> bool:
        """Whether this check has a result, and would have the same one if it looked now."""
        known = check in self.checks and isinstance(self._outcomes[check.slug], Result)
        return known and context_of(self.evidence) == self._context

    def result(self, check: Check) -> Result:
        """What a check found, with what follows from its search. Raises DidNotRun."""
        found = self._outcomes[check.slug]
        if isinstance(found, client.DidNotRun):
            raise found
        return _followed_up(self.evidence, check, found)

    @cached_property
    def _context(self) -> Context:
        archives.ask(self.evidence)
        return context_of(self.evidence)

    @cached_property
    def _outcomes(self) -> dict[str, Result | client.DidNotRun]:
        sha256 = self.evidence.media_file_id or ""
        limits = client.Limits(wall=settings.CHECK_SECONDS)
        outcomes: Sequence[Result | client.DidNotRun]
        try:
            with storage.local(sha256) as path:
                outcomes = client.examine(self.checks, path, self._context, sha256=sha256, limits=limits)
        except OSError as error:
            reason = f"the file cannot be opened ({error.strerror or error})"
            outcomes = [client.DidNotRun(reason)] * len(self.checks)
        return {check.slug: outcome for check, outcome in zip(self.checks, outcomes, strict=True)}


def context_of(evidence: Evidence, *, searched: bool = False) -> Context:
    """What the desk knows about an evidence item, for its checks."""
    claim = evidence.claim
    place = None
    if claim and claim.latitude is not None:
        place = Place(claim.latitude, claim.longitude, claim.precision_m)  # type: ignore[arg-type]
    return Context(
        claimed_start=claim.event_start if claim else None,
        claimed_end=(claim.event_end or claim.event_start) if claim else None,
        place=place,
        stated_start=evidence.said_start,
        stated_end=evidence.said_end,
        file_name=sealing.file_name_of(evidence),
        source_url=evidence.source_url,
        source_attested=evidence.source_attested_by_id is not None,
        received_at=evidence.certainly_received_by,
        earlier_copies=matching.earlier_copies(evidence),
        archived=archives.capture_of(evidence),
        archive_not_asked=archives.why_not_asked(evidence),
        searched=matching.searched_files() if searched else None,
        trust_anchors=settings.C2PA_TRUST_ANCHORS,
        descriptor_model=settings.DESCRIPTOR_MODEL,
    )


def _followed_up(evidence: Evidence, check: Check, found: Result) -> Result:
    """Store what a check found to search with, and only then search: two copies at once must meet."""
    if not check.follow_up:
        return found
    media_file: MediaFile = evidence.media_file  # type: ignore[assignment]
    details = [each.details for each in found.findings if "queries" in each.details]
    for each in details:
        matching.store(media_file, each)
        descriptor_index.store(media_file, Descriptors.of(each), settings.DESCRIPTOR_MODEL)
    working_copies.make(media_file)
    copies = [matching.find(media_file, each) for each in details]
    matching.record_matches(pair for some in copies for pair in some.pairs)
    not_compared = _in_its_case(evidence, [file for some in copies for file in some.not_compared])
    context = replace(context_of(evidence, searched=True), not_compared=not_compared)
    added = tuple(check.follow_up(found.findings, context))
    kept = [Finding(each.code, perceptual_hash.told(each.details)) for each in found.findings]
    return result_of(check, (*kept, *added))


def _in_its_case(evidence: Evidence, files: list[MediaFile]) -> int:
    """How many of these files the item's own case holds: of another case a check tells nothing."""
    there = Evidence.objects.filter(case=evidence.case_id, media_file__in=files)
    return there.values("media_file").distinct().count() if files else 0
