"""What the metadata check finds in Content Credentials (C2PA), in words for a person.

Their absence is no finding. They are a statement that somebody signed: that they verify shows that the
file is as it was signed, not that what they say is true; nor who signed, unless the operator trusts the
signer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from media_checks.contract import CheckVerdict, Code, Finding
from media_checks.credential_words import ALTERATIONS, KINDS, done, failed
from media_checks.date_findings import shown
from media_checks.reading import Credentials, Reading, Step

FIT = Code(
    "metadata.credentials",
    None,
    "Content Credentials fit this file: {made}, {signature} ({trust}), {signed}.",
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
    "The file says that its Content Credentials are {kept}; the desk does not go there.",
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

NO_EDITS = frozenset({"c2pa.created", "c2pa.opened", "c2pa.placed", "c2pa.published", "c2pa.watermarked"})
_MOST_NAMED = 6


def about(reading: Reading) -> Iterator[Finding]:
    """The findings of the file's Content Credentials; none where it has none."""
    found = reading.credentials
    if found is None:
        if reading.credentials_address:
            host = host_of(reading.credentials_address)
            kept = f"kept at {host}" if host else "kept elsewhere"
            yield Finding(ELSEWHERE, {"kept": kept, "address": reading.credentials_address})
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
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _verified(found: Credentials) -> Finding:
    if any(code in ALTERATIONS for code in found.failures):
        return Finding(ALTERED, _because(found.failures))
    if not found.fit:
        return Finding(NOT_VERIFIED, _because(found.failures))
    signer = ", ".join(filter(None, (found.signer, found.issuer)))
    details = {
        "made": f"made with {found.program}" if found.program else "the program is not named",
        "signature": f"signed by {signer}" if signer else "the signer is not named",
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
    reasons = dict.fromkeys(map(failed, codes))
    return {"reasons": "; ".join(list(reasons)[:_MOST_NAMED]) or "no reason given", "failures": list(codes)}


def _declared(steps: Iterable[Step]) -> Iterator[Finding]:
    edits = [step for step in steps if step.action not in NO_EDITS]
    if edits:
        names = dict.fromkeys(_named(step) for step in edits)
        yield Finding(EDITED, {"steps": "; ".join(list(names)[:_MOST_NAMED])})
    kinds = dict.fromkeys(KINDS[step.source_type] for step in steps if step.source_type in KINDS)
    if kinds:
        yield Finding(SYNTHETIC, {"kinds": "; ".join(kinds)})


def _named(step: Step) -> str:
    """ "cropped", "colours adjusted in a component (Adobe Firefly)"; semicolons divide them."""
    where = "" if step.of == "file" else f" in {'an' if step.of.startswith('e') else 'a'} {step.of}"
    return f"{done(step.action)}{where}" + (f" ({step.program.replace(';', ',')})" if step.program else "")
