"""Changing the sealing key: nothing is lost on the way, and the former key opens nothing afterwards."""

from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from claims import sealing
from claims.actors import person
from claims.models import SealedPart
from claims.transitions import NotPermitted
from tests.builders import make_administrator, make_case, make_evidence
from verification import operations
from verification.access import factors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def sealed():
    """Submissions with a contact, and somebody with a second factor; both sealed with the key of now."""
    for number in range(3):
        make_evidence(make_case(), contact=f"sister {number}", name=f"film {number}.mp4")
    app = factors.give_app(make_administrator(), SECRET)
    RecoveryCodes.activate(app.user)
    return app


def texts() -> list[str]:
    return sorted(sealing.unseal(each.sealed) for each in SealedPart.objects.all())


def change_the_key(settings) -> str:
    former = settings.SEALING_KEY
    settings.SEALING_KEY = Fernet.generate_key().decode()
    settings.FORMER_SEALING_KEYS = [former]
    return former


def test_what_a_former_key_sealed_is_read_and_what_is_new_is_sealed_with_todays(sealed, settings):
    before = texts()
    former = change_the_key(settings)
    assert texts() == before
    new = sealing.seal("sister 4")
    settings.SEALING_KEY, settings.FORMER_SEALING_KEYS = former, []
    with pytest.raises(sealing.BrokenSeal):
        sealing.unseal(new)


def test_after_resealing_todays_key_is_enough_and_the_former_opens_nothing(sealed, settings, capsys):
    before = texts()
    former = change_the_key(settings)
    call_command("reseal")
    # Every sealed part, the app's secret and the seed of the recovery codes.
    assert f"Sealed anew: {len(before) + 2}." in capsys.readouterr().out
    settings.FORMER_SEALING_KEYS = []
    assert texts() == before
    sealed.refresh_from_db()
    assert factors.secret_of(sealed) == SECRET
    assert factors.recovery_codes_of(sealed.user)
    settings.SEALING_KEY = former
    for each in SealedPart.objects.all():
        with pytest.raises(sealing.BrokenSeal):
            sealing.unseal(each.sealed)
    with pytest.raises(sealing.BrokenSeal):
        factors.secret_of(sealed)


def test_resealing_twice_changes_nothing_more(sealed, settings):
    change_the_key(settings)
    call_command("reseal")
    before = [bytes(each) for each in SealedPart.objects.order_by("pk").values_list("sealed", flat=True)]
    call_command("reseal")
    assert [
        bytes(each) for each in SealedPart.objects.order_by("pk").values_list("sealed", flat=True)
    ] == before


def test_what_no_key_opens_is_an_error_and_stays_as_it_is(sealed, settings):
    former = change_the_key(settings)
    settings.FORMER_SEALING_KEYS = []
    with pytest.raises(CommandError, match="FORMER_SEALING_KEYS"):
        call_command("reseal")
    settings.SEALING_KEY = former
    assert texts()


def test_nobody_but_the_operator_changes_the_key(sealed):
    with pytest.raises(NotPermitted):
        operations.reseal(actor=person(sealed.user))
