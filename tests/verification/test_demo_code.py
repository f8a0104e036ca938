"""The codes of the demo's people: real second factors, whose app is a command."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from verification.access import factors
from verification.demo import people

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture
def said(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return people.write_credentials(people.gather(), "the partner's key")


def entries(said):
    """What the credentials say of each person."""
    return [*said["investigators"], *said["custodians"], said["administrator"]]


def printed(capsys, *name):
    """The codes that the command prints, by name."""
    call_command("demo_code", *name)
    return dict(line.split()[:2] for line in capsys.readouterr().out.splitlines())


def test_each_of_them_has_codes_that_open_the_desk_and_the_command_prints_them(said, capsys):
    codes = printed(capsys)
    assert codes.keys() == {each["username"] for each in entries(said)}
    for name, code in codes.items():
        assert factors.opened_by(get_user_model().objects.get(username=name), code)


def test_one_of_them_is_asked_for_by_name(said, capsys):
    assert list(printed(capsys, "amal")) == ["amal"]
    with pytest.raises(CommandError, match="knows no such code"):
        call_command("demo_code", "nobody")


def test_gathered_again_they_keep_their_codes_even_when_the_file_was_lost(said):
    before = {each["username"]: each["totp"] for each in entries(said)}
    people.credentials_path().unlink()
    again = people.write_credentials(people.gather(), "the partner's key")
    assert {each["username"]: each["totp"] for each in entries(again)} == before
    assert json.loads(people.credentials_path().read_text()) == again


def test_without_a_demo_there_are_no_codes(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="Is the demo case loaded"):
        call_command("demo_code")
