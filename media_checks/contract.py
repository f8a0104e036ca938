"""The contract of every check: what it may say, and what follows from it.

A check is ``examine(media, context) -> Iterable[Finding]``. All it may know is in its two
frozen arguments (``media_checks.context``); it never sees a database, a network or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from typing import Any

from media_checks.context import Context, Kind, Media, plain


class Bearing(StrEnum):
    """What a finding means for the evidence as claimed."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CONTEXT = "context"
    INCONCLUSIVE = "inconclusive"


class CheckVerdict(StrEnum):
    """What one check run concludes; listed from the weightiest down."""

    CONTRADICTED = "contradicted"
    DISPUTED = "disputed"
    CORROBORATED = "corroborated"
    CONSISTENT = "consistent"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"


_BEARING_OF = {
    CheckVerdict.CONTRADICTED: Bearing.CONTRADICTS,
    CheckVerdict.DISPUTED: Bearing.CONTRADICTS,
    CheckVerdict.CORROBORATED: Bearing.SUPPORTS,
    CheckVerdict.CONSISTENT: Bearing.SUPPORTS,
    CheckVerdict.INCONCLUSIVE: Bearing.INCONCLUSIVE,
    CheckVerdict.NOT_APPLICABLE: Bearing.CONTEXT,
    None: Bearing.CONTEXT,
}


class Unreadable(Exception):
    """A media file that cannot be read; the message says why, in words fit for a person."""

    def __init__(self, reason: str, *, code: str = "unreadable"):
        super().__init__(reason)
        self.reason = reason
        self.code = code


class ContractBroken(Exception):
    """A check was silent or used a code that it does not declare: the run has failed."""


@dataclass(frozen=True)
class Code:
    """A finding that a check may make: its name, the verdict it argues for, and its sentence.

    ``sentence`` is a ``str.format`` template over the finding's details, one plain sentence.
    A code that argues for nothing is context.
    """

    slug: str
    argues_for: CheckVerdict | None
    sentence: str

    @property
    def bearing(self) -> Bearing:
        """What a finding of this code means for the evidence as claimed."""
        return _BEARING_OF[self.argues_for]


@dataclass(frozen=True)
class Finding:
    """One observation of a check. ``details`` are plain JSON values."""

    code: Code
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bearing(self) -> Bearing:
        """What it means for the evidence as claimed."""
        return self.code.bearing

    @property
    def summary(self) -> str:
        """One plain sentence for a person."""
        return self.code.sentence.format(**self.details)

    def as_json(self) -> dict[str, Any]:
        """``{"code", "bearing", "summary", "details"}``."""
        return {
            "code": self.code.slug,
            "bearing": self.bearing.value,
            "summary": self.summary,
            "details": plain(dict(self.details)),
        }


@dataclass(frozen=True)
class Check:
    """A versioned, pure procedure.

    ``kinds`` are the media kinds it can speak about, ``codes`` all that it may find, ``after``
    the slugs of checks that must have settled first, ``libraries`` the distributions whose
    versions its results depend on, ``parameters`` the constants that they depend on.
    ``worked_with`` adds the parameters that only its findings tell: what the operator chose.
    ``follow_up`` says what the check adds once the desk has looked its findings up.
    """

    slug: str
    version: int
    kinds: frozenset[Kind]
    codes: tuple[Code, ...]
    examine: Callable[[Media, Context], Iterable[Finding]]
    after: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    worked_with: Callable[[tuple[Finding, ...]], Mapping[str, Any]] | None = None
    follow_up: Callable[[tuple[Finding, ...], Context], Iterable[Finding]] | None = None

    def code(self, slug: str) -> Code:
        """The declared code of that name; raises ContractBroken for any other."""
        for each in (*self.codes, UNREADABLE, NOT_APPLICABLE):
            if each.slug == slug:
                return each
        raise ContractBroken(f"{self.slug} does not declare the code {slug}")


UNREADABLE = Code(
    "media.unreadable",
    CheckVerdict.INCONCLUSIVE,
    "The file could not be read: {reason}.",
)
NOT_APPLICABLE = Code(
    "media.not_applicable",
    CheckVerdict.NOT_APPLICABLE,
    "This check does not speak about a file of this kind ({kind}).",
)


@dataclass(frozen=True)
class Result:
    """What one run of one check version found, and with what."""

    check: str
    version: int
    verdict: CheckVerdict
    findings: tuple[Finding, ...]
    libraries: Mapping[str, str]
    parameters: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        return {
            "check": self.check,
            "version": self.version,
            "verdict": self.verdict.value,
            "findings": [each.as_json() for each in self.findings],
            "libraries": dict(self.libraries),
            "parameters": plain(dict(self.parameters)),
        }


def conclude(findings: Iterable[Finding]) -> CheckVerdict:
    """The weightiest verdict that any finding argues for; inconclusive where none argues."""
    argued = {each.code.argues_for for each in findings}
    for verdict in CheckVerdict:
        if verdict in argued:
            return verdict
    return CheckVerdict.INCONCLUSIVE


def perform(check: Check, media: Media, context: Context) -> Result:
    """Run one check on one file.

    An unreadable file becomes the finding ``media.unreadable``. Raises ContractBroken when the
    check is silent or uses a code that it does not declare; whatever else it raises is a defect
    of the check and fails the run visibly.
    """
    if media.kind not in check.kinds and media.kind is not Kind.UNKNOWN:
        return result_of(check, (Finding(NOT_APPLICABLE, {"kind": media.kind.value}),))
    try:
        findings = tuple(check.examine(media, context))
    except Unreadable as unreadable:
        findings = (Finding(UNREADABLE, {"reason": unreadable.reason}),)
    return result_of(check, findings)


def result_of(check: Check, findings: tuple[Finding, ...]) -> Result:
    """The result that these findings make; raises ContractBroken as ``perform`` does."""
    if not findings:
        raise ContractBroken(f"{check.slug} said nothing")
    for each in findings:
        if check.code(each.code.slug) != each.code:
            raise ContractBroken(f"{check.slug} changed the code {each.code.slug}")
    return Result(
        check=check.slug,
        version=check.version,
        verdict=conclude(findings),
        findings=findings,
        libraries={name: _installed(name) for name in check.libraries},
        parameters={**check.parameters, **(check.worked_with(findings) if check.worked_with else {})},
    )


@cache  # reading it takes a millisecond, and it stays what it is while a process lives
def _installed(distribution: str) -> str:
    try:
        return version_of(distribution)
    except PackageNotFoundError:
        return "not installed"
