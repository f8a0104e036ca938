"""What the metadata check finds in Content Credentials (C2PA), in words for a person.

Their absence is no finding. They are a statement that somebody signed: that they verify shows that the
file is as it was signed, not that what they say is true; nor who signed, unless the operator trusts the
signer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from media_checks.contract import CheckVerdict, Code, Finding
from media_checks.date_findings import shown
from media_checks.reading import Credentials, Reading, Step

FIT = Code(
    "metadata.credentials",
    None,
    "Content Credentials fit this file: made with {program}, signed by {signer} ({trust}), {signed}.",
)
ALTERED = Code(
    "metadata.credentials_altered",
    CheckVerdict.DISPUTED,
    "The file is not as its Content Credentials were signed: {reasons}.",
)
NOT_VERIFIED = Code(
    "metadata.credentials_not_verified",
    CheckVerdict.INCONCLUSIVE,
    "The file has Content Credentials that do not verify: {reasons}.",
)
UNREAD = Code(
    "metadata.credentials_unreadable",
    CheckVerdict.INCONCLUSIVE,
    "The file has Content Credentials that could not be read: they are damaged or of a form not known here.",
)
ELSEWHERE = Code(
    "metadata.credentials_elsewhere",
    None,
    "The file says that its Content Credentials are kept at {host}; the desk does not go there.",
)
EARLIER = Code(
    "metadata.credentials_earlier",
    CheckVerdict.INCONCLUSIVE,
    "What the file was made from had Content Credentials that do not verify: {reasons}.",
)
EDITED = Code(
    "metadata.credentials_edited",
    None,
    "Its Content Credentials declare what was done to the file: {steps}.",
)
IDENTITY = Code(
    "metadata.credentials_identity",
    CheckVerdict.INCONCLUSIVE,
    "Its Content Credentials also name a person or an organisation, which is not checked here.",
)
SYNTHETIC = Code(
    "metadata.credentials_synthetic",
    CheckVerdict.DISPUTED,
    "Its Content Credentials declare that it is, or contains, what no camera took: {kinds}.",
)

CODES = (FIT, ALTERED, NOT_VERIFIED, UNREAD, ELSEWHERE, EARLIER, IDENTITY, EDITED, SYNTHETIC)

# Failures by which the file, or what is said of it, is another than was signed (C2PA 2.1, 15.2.2).
ALTERATIONS = {
    "assertion.dataHash.mismatch": "the file's bytes are others",
    "assertion.bmffHash.mismatch": "the film's bytes are others, or this is one part of a film sent in parts",
    "assertion.boxesHash.mismatch": "the file's bytes are others",
    "assertion.boxesHash.unknownBox": "something was added to the file",
    "assertion.collectionHash.mismatch": "the file's bytes are others",
    "assertion.hashedURI.mismatch": "a statement in the credentials was changed",
    "claimSignature.mismatch": "the credentials themselves were changed",
}
WORDS = ALTERATIONS | {
    "claimSignature.missing": "they are not signed",
    "claimSignature.outsideValidity": "they were signed when the signer's certificate was not valid",
    "signingCredential.expired": "the signer's certificate had expired",
    "signingCredential.revoked": "the signer's certificate was withdrawn",
    "signingCredential.ocsp.revoked": "the signer's certificate was withdrawn",
    "signingCredential.invalid": "the signer's certificate is of no kind that may sign them",
    "claim.missing": "they hold no claim",
    "claim.hardBindings.missing": "nothing in them ties them to this file",
    "assertion.missing": "a statement that was signed is missing",
    "assertion.required.missing": "a statement that they must hold is missing",
    "algorithm.unsupported": "they are signed in a way that is not known here",
}

# IPTC's digital source types of what no camera took.
KINDS = {
    "trainedAlgorithmicMedia": "made by generative AI",
    "compositeWithTrainedAlgorithmicMedia": "put together with parts made by generative AI",
    "algorithmicMedia": "made by a program",
    "compositeSynthetic": "put together with synthetic parts",
    "dataDrivenMedia": "made by a program out of data",
    "virtualRecording": "recorded from a virtual scene",
    "digitalArt": "drawn with a program",
    "digitalCreation": "made with a program",
}
NO_EDITS = frozenset({"c2pa.created", "c2pa.opened", "c2pa.placed", "c2pa.published", "c2pa.watermarked"})
_MOST_NAMED = 6


def about(reading: Reading) -> Iterator[Finding]:
    """The findings of the file's Content Credentials; none where it has none."""
    found = reading.credentials
    if found is None:
        if reading.credentials_address:
            host = host_of(reading.credentials_address)
            yield Finding(ELSEWHERE, {"host": host, "address": reading.credentials_address})
        return
    if found.state == "unreadable":
        yield Finding(UNREAD)
        return
    yield _verified(found)
    if found.earlier_failures:
        yield Finding(EARLIER, _because(found.earlier_failures))
    if found.identity:
        yield Finding(IDENTITY)
    yield from _declared(found.steps)


def host_of(address: str) -> str:
    """The host that an address names; a text of the file, so it may be none."""
    try:
        return urlsplit(address).hostname or "an address"
    except ValueError:
        return "an address"


def _verified(found: Credentials) -> Finding:
    if any(code in ALTERATIONS for code in found.failures):
        return Finding(ALTERED, _because(found.failures))
    if not found.fit:
        return Finding(NOT_VERIFIED, _because(found.failures))
    details = {
        "program": found.program or "an unnamed program",
        "signer": ", ".join(filter(None, (found.signer, found.issuer))) or "an unnamed signer",
        "trust": "whom the operator trusts" if found.trusted else "nobody vouches for this name",
        "signed": _signed(found),
        "trusted": found.trusted,
        "time_stamp": found.time_stamp,
        "ingredients": found.ingredients,
    }
    return Finding(FIT, details)


def _signed(found: Credentials) -> str:
    if found.signed_at is None or found.time_stamp == "broken":
        return "at a time that nobody attests"
    authority = "trusted" if found.time_stamp == "trusted" else "unknown"
    return f"time-stamped {shown(found.signed_at)} by an authority that is {authority}"


def _because(codes: Iterable[str]) -> dict[str, object]:
    reasons = dict.fromkeys(WORDS.get(code, code) for code in codes)
    return {"reasons": "; ".join(list(reasons)[:_MOST_NAMED]) or "no reason given", "failures": list(codes)}


def _declared(steps: Iterable[Step]) -> Iterator[Finding]:
    edits = [step for step in steps if step.action not in NO_EDITS]
    if edits:
        names = dict.fromkeys(_named(step) for step in edits)
        yield Finding(EDITED, {"steps": ", ".join(list(names)[:_MOST_NAMED])})
    kinds = dict.fromkeys(KINDS[step.source_type] for step in steps if step.source_type in KINDS)
    if kinds:
        yield Finding(SYNTHETIC, {"kinds": "; ".join(kinds)})


def _named(step: Step) -> str:
    """ "cropped", "color adjustments of a component (Adobe Firefly)"."""
    name = step.action.removeprefix("c2pa.").replace("_", " ").replace(".", " ")
    of = "" if step.of == "file" else f" of {'an' if step.of.startswith('e') else 'a'} {step.of}"
    return f"{name}{of}" + (f" ({step.program})" if step.program else "")
