"""The words for what Content Credentials declare to have been done, and for why they fail.

They are a closed vocabulary, so that they can be said in other languages. What is not in it is a file's own
text: it stands behind words that say so, and in no form that could be taken for one of them.
"""

from __future__ import annotations

import re

# The actions of C2PA 2.1, 18.14.
ACTIONS = {
    "c2pa.addedText": "text added",
    "c2pa.adjustedColor": "colours adjusted",
    "c2pa.changedSpeed": "speed changed",
    "c2pa.color_adjustments": "colours adjusted",
    "c2pa.converted": "converted",
    "c2pa.created": "created",
    "c2pa.cropped": "cropped",
    "c2pa.deleted": "parts deleted",
    "c2pa.drawing": "drawn on",
    "c2pa.dubbed": "dubbed",
    "c2pa.edited": "edited",
    "c2pa.edited.metadata": "metadata edited",
    "c2pa.enhanced": "enhanced",
    "c2pa.filtered": "filtered",
    "c2pa.opened": "opened",
    "c2pa.orientation": "turned or mirrored",
    "c2pa.placed": "something placed in it",
    "c2pa.published": "made public",
    "c2pa.redacted": "statements removed from its credentials",
    "c2pa.removed": "something removed from it",
    "c2pa.repackaged": "repackaged",
    "c2pa.resized": "resized",
    "c2pa.resized.proportional": "resized",
    "c2pa.transcoded": "re-encoded",
    "c2pa.translated": "translated",
    "c2pa.trimmed": "shortened",
    "c2pa.unknown": "something that is not told",
    "c2pa.watermarked": "watermarked",
    "c2pa.watermarked.bound": "watermarked",
    "c2pa.watermarked.unbound": "watermarked",
}

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
FAILURES = ALTERATIONS | {
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
    "digitalCreation": "created with a program",
}

_NO_LABEL = re.compile(r"[^\w.:-]")
_FAILURE = re.compile(r"[\w.]+")


def done(action: str) -> str:
    """What was done, by the name of an action; any other than the standard's is named as one word."""
    return ACTIONS.get(action) or f"a step called {_NO_LABEL.sub('_', action)}"


def failed(code: str) -> str:
    """Why credentials fail, by a failure code. A program may have noted the code, so it may be any text."""
    if _FAILURE.fullmatch(code):
        return FAILURES.get(code) or f"the verification reports {code}"
    return "the verification reports something that is not known here"
