"""Items with an address that an archive may know, and what their checks say of it."""

from __future__ import annotations

import socket

from claims.actors import person
from tests.builders import checked, make_evidence, make_investigator, picture
from verification import operations

PHOTO = picture(seed=1)
SITE = "https://photos.example"
# A port that is taken, and on which nobody listens.
_taken = socket.socket()
_taken.bind(("127.0.0.1", 0))
NOBODY = f"http://127.0.0.1:{_taken.getsockname()[1]}/cdx"


def sent(claim, name="street.jpg", content=PHOTO, **said):
    """An item with this address, received and not checked yet."""
    return make_evidence(claim.case, claim, content=content, source_url=f"{SITE}/{name}", **said)


def dates_of(evidence):
    """The verdict of the dates, and their findings by code."""
    run = evidence.check_runs.get(check_slug="reverse_date", round=evidence.round)
    return run.verdict, {each["code"]: each for each in run.findings}


def states(evidence):
    """How the runs of its round stand."""
    return set(evidence.check_runs.filter(round=evidence.round).values_list("state", flat=True))


def signals(findings):
    """The signals of archives, by their source."""
    found = findings["dates.envelope"]["details"]["signals"]
    return {each["source"]: each for each in found if each["source"].startswith("archive")}


def checked_again(evidence):
    """Have it checked in a new round."""
    investigator = person(make_investigator(evidence.case))
    operations.request_checks(actor=investigator, evidence=evidence, reason="The archive answers again.")
    return checked(evidence)
