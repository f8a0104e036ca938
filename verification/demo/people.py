"""The demo's people and its partner: passwords, second factors and keys are made for each desk.

Nobody else knows them. The demo's people sign in as everybody does, with a password and a code; what
an app would keep on a telephone is in the credentials file, and ``manage.py demo_code`` is the app.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib.auth import get_user_model

from claims.actors import Actor, person
from claims.models import Case, Role
from claims.operations import add_member
from verification.access import factors
from verification.models import Partner, Scope
from verification.operations import grant_case, issue_key, open_partner, revoke_key
from verification.partners import keys

PARTNER = "Demonstration newsroom"
SCOPES = (Scope.VERDICTS_READ, Scope.EVIDENCE_READ)
INVESTIGATORS = ("amal", "jonas")
CUSTODIANS = ("noor", "salma")
ADMINISTRATOR = "administrator"
ROLES = {
    "amal": (Role.INVESTIGATOR, Role.LEAD),
    "jonas": (Role.INVESTIGATOR, Role.LEAD),
    "noor": (Role.CUSTODIAN,),
    "salma": (Role.CUSTODIAN,),
    ADMINISTRATOR: (),
}


@dataclass(frozen=True)
class People:
    """The demo's people as actors, their passwords, and the secrets of their codes, by name."""

    actors: dict[str, Actor]
    passwords: dict[str, str]
    secrets: dict[str, str]

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def entry(self, name: str) -> dict[str, str]:
        """What the credentials file says of one of them."""
        return {"username": name, "password": self.passwords[name], "totp": self.secrets[name]}


def credentials_path() -> Path:
    """Where the credentials are written, readable by this desk's user alone."""
    return settings.DATA_DIR / "demo.json"


def gather() -> People:
    """The demo's people. A password that still opens is kept, and a second factor that is there.

    Others are made anew; whoever set up another second factor keeps theirs, of which no secret is known.
    """
    known = _known("password")
    actors, passwords, codes = {}, {}, {}
    for name in ROLES:
        user, _created = get_user_model().objects.get_or_create(
            username=name, defaults={"is_staff": True, "is_superuser": name == ADMINISTRATOR}
        )
        password = known.get(name, "")
        if not (password and user.check_password(password)):
            password = secrets.token_urlsafe(15)
            user.set_password(password)
            user.save(update_fields=["password"])
        actors[name], passwords[name] = person(user), password
        codes[name] = _second_factor(user)
    return People(actors, passwords, codes)


def _second_factor(user: Any) -> str:
    """The secret of this person's codes, set up where there is no second factor; empty for another kind."""
    there = factors.factors_of(user)
    if not there:
        there = [factors.give_app(user, generate_totp_secret())]
    return next((factors.secret_of(each) for each in there if each.type == factors.Type.TOTP), "")


def codes() -> dict[str, str]:
    """The secrets of the codes of the demo's people, by name, as far as the credentials file knows them."""
    return {name: secret for name, secret in _known("totp").items() if secret}


def admit(people: People, case: Case) -> None:
    """Give each of them their roles in the case."""
    administrator = people[ADMINISTRATOR]
    for name, roles in ROLES.items():
        for role in roles:
            add_member(actor=administrator, case=case, user=people[name].user, role=role)


def partner_key(administrator: Actor, case: Case) -> str:
    """The partner's key for this case: the one that was written down, if it still opens, or a new one."""
    partner = Partner.objects.filter(name=PARTNER).first()
    partner = partner or open_partner(actor=administrator, name=PARTNER)
    if not partner.cases.filter(pk=case.pk).exists():
        grant_case(actor=administrator, partner=partner, case=case)
    written = _written().get("partner", {}).get("key", "")
    found = keys.find(written)
    if found and found.partner_id == partner.pk:
        return written
    for lost in partner.keys.filter(revoked_at=None):
        revoke_key(actor=administrator, key=lost)
    return issue_key(actor=administrator, partner=partner, scopes=SCOPES)[1]


def write_credentials(people: People, key: str) -> dict[str, Any]:
    """Write down where to go and with what, in a file of mode 0600; returns what it says."""
    said = {
        "url": settings.PUBLIC_URL,
        "investigators": [people.entry(name) for name in INVESTIGATORS],
        "custodians": [people.entry(name) for name in CUSTODIANS],
        "administrator": people.entry(ADMINISTRATOR),
        "partner": {"name": PARTNER, "key": key},
    }
    path = credentials_path()
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(said, file, indent=2)
        file.write("\n")
    part.replace(path)
    return said


def _known(what: str) -> dict[str, str]:
    said = _written()
    entries = [*said.get("investigators", []), *said.get("custodians", []), said.get("administrator")]
    return {each["username"]: each.get(what, "") for each in entries if each}


def _written() -> dict[str, Any]:
    try:
        return json.loads(credentials_path().read_text())
    except (OSError, ValueError):
        return {}
