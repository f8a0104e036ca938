"""The closed vocabulary of what the checks fill into their sentences: sources, notes, reasons, units.

Each phrase is written as the checks write it, with holes. A hole takes another phrase, unless its name is
in AS_IT_STANDS: that is a file's own text, which nothing here may take for the desk's words.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext_noop as _

AS_IT_STANDS = frozenset(
    {"device", "software", "programs", "program", "system", "reference", "error"}
    | {"signer", "host", "tool", "action", "failure"}
)

# What Content Credentials declare to have been done.
STEPS = (
    _("text added"),
    _("colours adjusted"),
    _("speed changed"),
    _("converted"),
    _("created"),
    _("cropped"),
    _("parts deleted"),
    _("drawn on"),
    _("dubbed"),
    _("edited"),
    _("metadata edited"),
    _("enhanced"),
    _("filtered"),
    _("opened"),
    _("turned or mirrored"),
    _("something placed in it"),
    _("made public"),
    _("statements removed from its credentials"),
    _("something removed from it"),
    _("repackaged"),
    _("resized"),
    _("re-encoded"),
    _("translated"),
    _("shortened"),
    _("something that is not told"),
    _("watermarked"),
)

_MOMENT = r"\d{1,4}-\d\d-\d\d \d\d:\d\d UTC|unknown"
_DATE = r"\d{1,4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?: UTC)?)?"
_OFFSET = r"UTC[+-]\d+(?::\d\d)?"
# What fits into a hole of that name; anything else takes any text.
_SHAPES = {
    **dict.fromkeys(("start", "end", "moment"), _MOMENT),
    **dict.fromkeys(("width", "height", "millions", "allowed", "scans", "seconds", "degrees"), r"\d+"),
    "date": _DATE,
    "offset": _OFFSET,
    "offsets": rf"{_OFFSET}(?: or {_OFFSET})*",
    "action": r"[\w.:-]+",
    "failure": r"[\w.]+",
    "step": rf"{'|'.join(map(re.escape, STEPS))}|a step called [\w.:-]+",
    "tool": r"[^;]+",
    "what": r"[\w ]+",
}

# The first that fits is taken.
PHRASES = (
    _("unknown"),
    _("photo"),
    _("video"),
    _("audio"),
    _("document"),
    _("{width} by {height} pixels"),
    _("unknown size"),
    _("its zone is not known"),
    _("{start} to {end}"),
    _("by {moment}"),
    _("{offset} or {offsets}"),
    # What Content Credentials say. These stand first, as they hold text of files.
    _("made with {program}"),
    _("the program is not named"),
    _("signed by {signer}"),
    _("the signer is not named"),
    _("whom the operator trusts"),
    _("nobody vouches for this name"),
    _("time-stamped {moment} by an authority that is trusted"),
    _("time-stamped {moment} by an authority that is unknown"),
    _("at a time that nobody attests"),
    _("kept at {host}"),
    _("kept elsewhere"),
    *STEPS,
    _("a step called {action}"),
    _("{step} in an earlier version"),
    _("{step} in a component"),
    _("{step} ({tool})"),
    _("{step} in an earlier version ({tool})"),
    _("{step} in a component ({tool})"),
    _("made by generative AI"),
    _("put together with parts made by generative AI"),
    _("made by a program"),
    _("put together with synthetic parts"),
    _("made by a program out of data"),
    _("recorded from a virtual scene"),
    _("drawn with a program"),
    _("created with a program"),
    # Why they do not verify.
    _("the file's bytes are others"),
    _("the film's bytes are others, or this is one part of a film sent in parts"),
    _("something was added to the file"),
    _("a statement in the credentials was changed"),
    _("the credentials themselves were changed"),
    _("they are not signed"),
    _("they were signed when the signer's certificate was not valid"),
    _("the signer's certificate had expired"),
    _("the signer's certificate was withdrawn"),
    _("the signer's certificate is of no kind that may sign them"),
    _("they hold no claim"),
    _("nothing in them ties them to this file"),
    _("a statement that was signed is missing"),
    _("a statement that they must hold is missing"),
    _("they are signed in a way that is not known here"),
    _("the verification reports {failure}"),
    _("the verification reports something that is not known here"),
    # Sources of dates.
    _("Content Credentials time stamp"),
    _("Content Credentials: {step}"),
    _("EXIF GPS clock"),
    _("GPS clock"),
    _("header"),
    _("container creation time ({field})"),
    _("container {field}"),
    _("text track"),
    _("file name ({pattern})"),
    _("Telegram export"),
    _("Android camera"),
    _("screenshot"),
    _("X media name"),
    _("sender's statement"),
    _("receipt"),
    _("address ({platform})"),
    _("web archive"),
    _("archive capture"),
    _("archive capture of the same bytes"),
    _("archive capture of a page"),
    _("archive capture of a file"),
    _("exact copy {reference}"),
    _("near copy {reference}"),
    _("frame copy {reference}"),
    _("encoder {program} ({field})"),
    _("software {program} ({field})"),
    # Notes on them.
    _("a clock that was never set: not used"),
    _("zone from its offset tag"),
    _("zone by the difference to the GPS clock"),
    _("zone from the maker note"),
    _("zone of the claimed place"),
    _("no zone known: UTC+14 to UTC-12"),
    _("{system} writes UTC here"),
    _("UTC or local time, not known which"),
    _("UTC or the claimed place's time, not known which"),
    _("UTC by satellite; may be minutes old"),
    _("written by a program or typed by a person, {because}"),
    _("written by {program}"),
    _("the program did not exist before"),
    _("on a device by {date}"),
    _("{date}, {because}"),
    _("said by who sent it"),
    _("the page was seen by the desk"),
    _("the page was not seen by the desk"),
    _("its digest is that of the received file"),
    _("its digest is not that of the received file"),
    _("it names no digest that can be compared"),
    _("whether the page showed this content is not known"),
    _("received by the desk"),
    _("same bytes, {origin}"),
    _("match confirmed by a person, {origin}"),
    _("match not confirmed: not used; {origin}"),
    _("the credentials do not verify with this file: not used"),
    _("the time-stamp token does not verify: not used"),
    _("by an authority that the operator has not named as trusted"),
    _("by a trusted authority, but parts of the file may be unsigned"),
    _("by a time-stamp authority that the operator trusts"),
    _("the file was signed then"),
    _("declared by who signed"),
    # Where the sun stood.
    _("the claimed time and place"),
    _("the file's own clock and position"),
    _("the file's own clock, at the claimed place"),
    _("{degrees}° above the horizon"),
    _("{degrees}° below the horizon"),
    *(_("north"), _("north-east"), _("east"), _("south-east")),
    *(_("south"), _("south-west"), _("west"), _("north-west")),
    # Why a file, or a part of it, could not be read.
    _("the picture"),
    _("the video"),
    _("its thumbnail is damaged: {reason}"),
    _("it is empty"),
    _("it is not a photo or video of a type that is read here ({type})"),
    _("it is not a photo ({type})"),
    _("the picture is damaged or cut off in its header"),
    _("the picture is cut off in its header"),
    _("the video needs more memory than a file is allowed"),
    _("the video's container is damaged or cut off"),
    _("its header gives a picture without any pixels"),
    _("its header asks for {millions} million pixels, more than the {allowed} allowed"),
    _("its picture is stored in {scans} passes, more than are read"),
    _("its header asks for too many pixels"),
    _("none of the video's pictures can be decoded"),
    _("the file has sound but no pictures"),
    _("the video is of a coding that is not read here"),
    _("its working copy is too large"),
    _("no reason given"),
    _("{what} needs more memory than a file is allowed"),
    _("{what} is cut off: bytes are missing"),
    _("{what} is not what its first bytes promise"),
    _("{what} is damaged ({error})"),
    _("its inner structure is damaged"),
    _("the video's streams could not be read"),
    _("an EXIF block is damaged ({error})"),
    _("an XMP packet declares entities and was not read"),
    _("an XMP packet is damaged"),
    # Why an archive gave no answer.
    _("it cannot be reached ({error})"),
    _("it answered with status {status}"),
    _("it answered about another address"),
    _("it did not answer others a moment ago"),
    _("its answer is not one of HTTP"),
    _("its answer is not one of the CDX protocol"),
    _("its sender gave the address to this desk alone"),
    _("a defect of the desk"),
    # Why a check did not run.
    _("it answered more than it may"),
    _("the locked child was lost while it worked"),
    _("the locked child could not be started ({error})"),
    _("it took longer than {seconds} seconds"),
    _("the locked child ended without an answer"),
    _("the locked child broke the contract: {error}"),
    _("the check broke its contract: {error}"),
    _("it used more than {seconds} seconds of processor time"),
    _("it tried what no decoder needs and an intruder would, and was ended"),
    _("it was killed from outside, as happens when the machine runs out of memory"),
    _("its decoder crashed ({error})"),
    _("the locked child cannot be reached"),
    _("the locked child does not start ({error})"),
    _("the file cannot be opened ({error})"),
    _("the request is too large"),
    _("it needs more memory than is allowed"),
    _("the check has a defect: {error}"),
    # Several reasons in one.
    _("{reason}; {reasons}"),
)


def phrase_of(value: str) -> tuple[str, dict[str, str]] | None:
    """The phrase that a value is, and what stands in its holes; None for what is no phrase."""
    for phrase in PHRASES:
        if found := _expression(phrase).fullmatch(value):
            return phrase, found.groupdict()
    return None


@cache
def _expression(phrase: str) -> re.Pattern[str]:
    text, *rest = re.split(r"\{(\w+)\}", phrase)
    expression = re.escape(text)
    for name, after in zip(rest[::2], rest[1::2], strict=True):
        expression += f"(?P<{name}>{_SHAPES.get(name, '.+?')})" + re.escape(after)
    return re.compile(expression, re.DOTALL)
