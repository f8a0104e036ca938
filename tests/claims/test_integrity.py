"""``manage.py verify_custody`` finds what is not as it was, and names it."""

from __future__ import annotations

import io
import json
import uuid

import pytest
from django.core.management import call_command
from django.db import connection

from claims import heads, storage
from claims.models import CustodyEvent, CustodyHead, Evidence, MediaFile
from tests.builders import make_case, make_claim, make_evidence, received
from tests.originals import path_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture
def evidence():
    case = make_case()
    item = make_evidence(case, make_claim(case))
    heads.sign()
    return item


def verified(*arguments: str) -> tuple[list[dict], dict, int]:
    """The breaks, the summary and the exit status."""
    out, status = io.StringIO(), 0
    try:
        call_command("verify_custody", *arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        status = end.code
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return lines[:-1], lines[-1]["summary"] if lines else {}, status


def messages(*arguments: str) -> list[str]:
    found, summary, status = verified(*arguments)
    assert summary["breaks"] == len(found)
    assert status == (1 if found else 0)
    return [each["message"] for each in found]


def overwrite(sha256: str, content: bytes) -> None:
    path = path_of(sha256)
    path.chmod(0o600)
    path.write_bytes(content)


def test_what_is_whole_has_no_break(evidence):
    found, summary, status = verified()
    assert (found, status) == ([], 0)
    assert summary == {"cases": 1, "lines": 4, "heads": 1, "files": 1, "breaks": 0}


def test_a_missing_file_is_named(evidence):
    path_of(evidence.media_file_id).unlink()
    assert messages() == [f"{evidence.media_file_id} is missing"]


def test_a_changed_a_longer_and_a_shorter_file_are_named(evidence):
    content = path_of(evidence.media_file_id).read_bytes()
    for other in (bytes([content[0] ^ 1]) + content[1:], content + b"\0", content[:-1], b""):
        overwrite(evidence.media_file_id, other)
        (found,) = messages()
        assert found.startswith(f"{evidence.media_file_id} was changed")
    overwrite(evidence.media_file_id, content)
    assert messages() == []


def test_a_file_that_cannot_be_read_is_named(evidence):
    path = path_of(evidence.media_file_id)
    path.unlink()
    path.mkdir()
    assert messages() == [f"{evidence.media_file_id} cannot be read (IsADirectoryError)"]


def test_one_flipped_bit_among_a_thousand_files_is_named(store):
    for number in range(1000):
        kept = received(number.to_bytes(4, "big") * 16)
        storage.keep(kept)
        MediaFile.objects.create(sha256=kept.sha256, size=kept.size, media_type="image/jpeg", kind="photo")
    victim = MediaFile.objects.all()[617].sha256
    content = bytearray(path_of(victim).read_bytes())
    content[37] ^= 0b100
    overwrite(victim, bytes(content))
    found, summary, status = verified()
    assert [each["message"] for each in found] == [f"{victim} was changed: 64 bytes of 64"]
    assert (summary["files"], status) == (1000, 1)


@pytest.mark.usefixtures("triggers_off")
def test_an_item_that_is_gone_or_stands_on_other_bytes_is_named(evidence):
    other = make_evidence(evidence.case, evidence.claim)
    Evidence.objects.filter(pk=evidence.pk).update(media_file=other.media_file)
    assert f"evidence:{evidence.pk} stands on other bytes than line 4 says" in messages()
    evidence.check_runs.all().delete()
    evidence.sealed_parts.all().delete()
    Evidence.objects.filter(pk=evidence.pk).delete()
    assert f"evidence:{evidence.pk}, received by line 4, is gone" in messages()


@pytest.mark.usefixtures("triggers_off")
@pytest.mark.parametrize(
    "rubbish", [{"salt": "no hex"}, {"details": ["no pairs"]}, {"subject": "evidence:none"}]
)
def test_rows_that_nothing_of_the_desk_can_have_written_are_named_and_the_rest_is_read(evidence, rubbish):
    other = make_case()
    CustodyEvent.objects.filter(case=other).update(actor="user:1")
    CustodyEvent.objects.filter(case=evidence.case, sequence=4).update(**rubbish)
    found = verified()[0]
    assert {each["case"] for each in found} >= {evidence.case.slug, other.slug}
    CustodyHead.objects.update(leaves={"no case": 1})
    assert "head" in {each["kind"] for each in verified()[0]}


def test_an_item_that_the_record_does_not_know_is_named(evidence):
    planted = Evidence.objects.get(pk=evidence.pk)
    planted.pk = uuid.uuid4()
    planted.save(force_insert=True)
    assert messages() == [f"the record does not say that evidence:{planted.pk} was received"]


def test_a_missing_trigger_is_named(evidence):
    drop = "DROP TRIGGER claims_mediafile_no_update"
    with connection.cursor() as cursor:
        cursor.execute(f"{drop} ON claims_mediafile" if connection.vendor == "postgresql" else drop)
    assert messages() == ["the trigger claims_mediafile_no_update is missing or switched off"]


@pytest.mark.usefixtures("triggers_off")
def test_one_case_is_verified_with_its_files_and_every_head(evidence):
    other = make_case()
    CustodyEvent.objects.filter(case=other).update(actor="user:1")
    mine = [each for each in verified("--case", evidence.case.slug)[0] if each["kind"] != "trigger"]
    assert mine == []
    assert verified("--case", evidence.case.slug)[1]["files"] == 1
    found = verified("--case", other.slug)[0][0]
    assert found == {"kind": "record", "case": other.slug, "message": "line 1 was changed"}
    assert verified("--case", "nowhere")[2] == 2


@pytest.mark.usefixtures("triggers_off")
def test_the_head_of_a_witness_catches_what_the_desk_s_own_heads_do_not(evidence, tmp_path):
    kept = tmp_path / "heads.jsonl"
    with kept.open("w") as out:
        call_command("export_heads", stdout=out)
    CustodyHead.objects.all().delete()
    assert "head 1, which the witness has, is gone" in messages("--witness", str(kept))
    heads.sign()
    assert "head 1 is not the one that the witness has" in messages("--witness", str(kept))
    kept.write_text("no head\n")
    with pytest.raises(Exception, match="is no file of heads"):
        call_command("verify_custody", "--witness", str(kept))
