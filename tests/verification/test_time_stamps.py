"""RFC 3161 time stamps of heads, by a local authority that OpenSSL makes."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from claims import heads, integrity, time_stamps, verify_record
from claims.actors import person
from claims.models import CustodyHead, Role, TimeStamp
from tests import network
from tests.authorities import authority, openssl
from tests.builders import make_case, make_claim, make_member
from tests.servers import free_port
from tests.strangers import HTTP, stranger
from verification import keeping, operations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture(scope="module")
def stamping():
    """A running authority."""
    if openssl() is None:
        pytest.skip("OpenSSL is not on this machine.")
    with authority() as running:
        yield running


@pytest.fixture
def trusted(stamping, settings):
    """The desk asks it and trusts its root."""
    settings.TIME_STAMP_URL, settings.TIME_STAMP_ROOTS = stamping.url, stamping.root
    return stamping


@pytest.fixture
def case():
    case = make_case()
    make_claim(case)
    return case


def breaks() -> list[str]:
    return [each.message for each in integrity.desk_breaks() if each.kind == "time_stamp"]


def test_the_newest_head_is_stamped_once_and_verifies(trusted, case):
    keeping.tend()
    keeping.tend()
    stamp = TimeStamp.objects.get()
    assert stamp.head.number == 1
    assert abs(stamp.at - timezone.now()) < timedelta(minutes=1)
    assert stamp.authority == trusted.url
    assert breaks() == []


def test_the_authority_learns_the_digest_of_the_head_and_nothing_else(trusted, case):
    keeping.tend()
    asked = trusted.asked[-1]
    assert bytes.fromhex(CustodyHead.objects.get().hash) in asked
    assert len(asked) < 120


def test_no_authority_is_asked_by_default(case, settings):
    assert settings.TIME_STAMP_URL == ""
    with network.heard() as heard:
        keeping.tend()
    assert heard == []
    assert not TimeStamp.objects.exists()


def test_an_authority_that_is_away_or_talks_rubbish_costs_nothing_and_is_asked_again(trusted, case, settings):
    settings.TIME_STAMP_URL = f"http://127.0.0.1:{free_port()}/tsa"
    keeping.tend()
    with stranger(HTTP + b"no time stamp") as other:
        settings.TIME_STAMP_URL = other.url
        keeping.tend()
        assert other.requests
    assert CustodyHead.objects.count() == 1
    assert not TimeStamp.objects.exists()
    settings.TIME_STAMP_URL = trusted.url
    keeping.tend()
    assert TimeStamp.objects.count() == 1


def test_an_answer_of_another_authority_is_refused(trusted, case, settings):
    with authority() as other:
        settings.TIME_STAMP_ROOTS = other.root
        keeping.tend()
    assert not TimeStamp.objects.exists()


def test_an_answer_to_another_question_is_refused(trusted, case):
    keeping.tend()
    answer = bytes(TimeStamp.objects.get().answer)
    first, second = CustodyHead.objects.get(), heads.sign()
    asked = time_stamps.request_for(first)
    with pytest.raises(time_stamps.BadTimeStamp, match="Nonce"):
        time_stamps.keep(first, answer, asked, trusted.url)
    with pytest.raises(time_stamps.BadTimeStamp, match="Mismatch"):
        time_stamps.verified(second, answer)


@pytest.mark.usefixtures("triggers_off")
def test_a_changed_time_stamp_is_a_break(trusted, case, settings):
    keeping.tend()
    stamp = TimeStamp.objects.get()
    whole = bytes(stamp.answer)
    answer = bytearray(whole)
    answer[len(answer) // 2] ^= 1
    for change in ({"answer": bytes(answer)}, {"at": stamp.at - timedelta(days=365)}, {"answer": b""}):
        TimeStamp.objects.update(**{"answer": whole, "at": stamp.at} | change)
        (found,) = breaks()
        assert found.startswith("the time stamp of head 1 does not verify")
    TimeStamp.objects.update(answer=whole, at=stamp.at)
    assert breaks() == []
    settings.TIME_STAMP_ROOTS = ""
    assert "TIME_STAMP_ROOTS holds no root" in breaks()[0]


@pytest.mark.usefixtures("triggers_off")
def test_a_head_cannot_be_made_younger_than_its_time_stamp(trusted, case):
    keeping.tend()
    head, stamp = CustodyHead.objects.get(), TimeStamp.objects.get()
    head.at = stamp.at + timedelta(hours=1)
    with pytest.raises(time_stamps.BadTimeStamp):
        time_stamps.verified(head, bytes(stamp.answer))


def test_the_time_stamp_goes_into_the_bag_and_openssl_verifies_it(trusted, case, tmp_path):
    keeping.tend()
    custodian = person(make_member(case, Role.CUSTODIAN))
    bag = tmp_path / "bag"
    operations.export_case(actor=custodian, case=case, reason="The court asked.", folder=bag)
    assert list(verify_record.verify(bag)) == []
    left = list(verify_record.not_checked(bag, [], []))
    assert "1 time stamps: README.txt says how OpenSSL verifies them" in left
    (tmp_path / "root.pem").write_text(trusted.root)
    digest = CustodyHead.objects.get(number=1).hash
    stamp = bag / "data/record/time-stamps/1.tsr"
    verify = ["openssl", "ts", "-verify", "-in", stamp, "-digest", digest, "-CAfile", tmp_path / "root.pem"]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    verify[6] = "0" * 64
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 1
