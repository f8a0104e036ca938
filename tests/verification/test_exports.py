"""A case that is exported as a bag: whole, valid for others, and without what leads to a source."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import bagit
import pytest
from django.core.management import CommandError, call_command

from claims import heads, storage, verify_record
from claims.actors import person
from claims.models import Case, Consent, CustodyEvent, Role
from tests.builders import decided, make_case, make_claim, make_evidence, make_member, publish
from tests.originals import path_of
from verification import operations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

CONTACT, NAME = "abu-omar@canary.example", "IMG_canary_0815.jpg"
TOLD = "canary: what the volunteer wrote beside it"


@pytest.fixture
def case(store) -> Case:
    """A case with a published verdict, an item that is not checked, and one for this desk alone."""
    case = make_case()
    claim = make_claim(case)
    make_evidence(case, claim, consent=Consent.PUBLISH)
    make_evidence(case, claim, consent=Consent.DESK_ONLY, how="canary for this desk alone")
    decided(make_evidence(case, claim, contact=CONTACT, name=NAME, description=TOLD, how="From a balcony."))
    publish(claim)
    return case


@pytest.fixture
def custodian(case):
    return make_member(case, Role.CUSTODIAN)


@pytest.fixture
def bag(case, custodian, tmp_path) -> Path:
    exported(case, custodian, tmp_path / "bag")
    return tmp_path / "bag"


def exported(case, user, folder, reason="The court asked: order 12/2026.") -> list[dict]:
    out = io.StringIO()
    who = ["--by", user.username, "--reason", reason]
    with suppress(SystemExit):
        call_command("export_case", case.slug, str(folder), *who, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def documents(bag: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (bag / "data" / name).read_text().splitlines()]


def test_an_independent_validator_accepts_the_bag(bag):
    assert bagit.Bag(str(bag)).validate()
    (bag / "data" / "claims.jsonl").write_text("{}\n")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(bag)).validate()


def test_what_is_in_the_bag_is_what_the_desk_has(bag, case):
    items = {each["id"]: each for each in documents(bag, "evidence.jsonl")}
    assert set(items) == {str(each.pk) for each in case.evidence.all()}
    open_items = [each for each in items.values() if "withheld" not in each]
    assert len(open_items) == 2
    for each in open_items:
        stored = b"".join(storage.chunks(each["sha256"]))
        assert (bag / "data/originals" / each["sha256"]).read_bytes() == stored
    first = next(each for each in open_items if each["decisions"])
    assert first["said"]["how"] == "From a balcony."
    assert first["decisions"][0]["rationale"] == "Seen with my own eyes."
    assert {each["check"] for each in first["checks"]} == {"metadata", "perceptual_hash", "reverse_date"}
    assert [each["state"] for each in documents(bag, "claims.jsonl")] == ["concluded"]
    assert [each["state"] for each in documents(bag, "verdicts.jsonl")] == ["published"]
    lines = documents(bag, "record/lines.jsonl")
    assert [each["sequence"] for each in lines] == list(range(1, CustodyEvent.objects.count() + 1))


def test_nothing_that_leads_to_a_source_is_in_the_bag(bag, case):
    private = case.evidence.get(submission__consent=Consent.DESK_ONLY)
    assert not (bag / "data/originals" / private.media_file_id).exists()
    secrets = [CONTACT, NAME, "canary", private.media_file_id]
    for event in CustodyEvent.objects.filter(case=case):
        secrets += [event.salt, event.at.isoformat(), f"{event.at:%H:%M:%S.%f}"]
    written = [each for each in bag.rglob("*") if each.is_file()]
    assert len(written) > 10
    for file in written:
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], file


def test_the_bag_says_who_exported_it_and_why(bag, custodian):
    began, done = documents(bag, "record/lines.jsonl")[-2:]
    assert (began["action"], done["action"]) == ("case.export_began", "case.exported")
    assert began["actor"] == done["actor"] == f"user:{custodian.pk}"
    assert began["details"]["reason"]["value"] == "The court asked: order 12/2026."
    assert done["details"]["files"]["value"] == 2


def test_the_verifier_in_the_bag_needs_the_standard_library_alone(bag):
    verifier = [sys.executable, "-I", "-S", str(bag / "verify_record.py"), str(bag)]
    answer = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "NOT CHECKED the signatures of the heads: the package cryptography" in answer.stdout
    assert answer.stdout.endswith("whole, as far as it was checked\n")
    (bag / "data" / "case.jsonl").write_text("{}\n")
    answer = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "BREAK data/case.jsonl was changed" in answer.stdout


def test_with_cryptography_a_key_and_a_witness_nothing_is_left_unchecked(case, custodian, tmp_path, capsys):
    kept = tmp_path / "heads.jsonl"
    with kept.open("w") as out:
        call_command("export_heads", "--sign", stdout=out)
    exported(case, custodian, tmp_path / "bag")
    arguments = [str(tmp_path / "bag"), "--witness", str(kept), "--key", heads.public_key()]
    assert verify_record.main(arguments) == 0
    assert capsys.readouterr().out == "whole, as far as it was checked\n"
    assert verify_record.main([*arguments[:-1], "0" * 64]) == 1
    assert "a key that is not this desk's" in capsys.readouterr().out
    kept.write_text("no head")
    with pytest.raises(SystemExit) as end:
        verify_record.main(arguments)
    assert end.value.code == 2


def test_bytes_that_are_gone_or_changed_stay_out_and_are_named(case, custodian, tmp_path):
    gone, changed = sorted(
        case.evidence.exclude(submission__consent=Consent.DESK_ONLY).values_list("media_file", flat=True)
    )
    path_of(gone).unlink()
    path_of(changed).chmod(0o600)
    path_of(changed).write_bytes(b"other")
    *named, last = exported(case, custodian, tmp_path / "bag")
    assert {each["sha256"]: each["message"] for each in named} == {
        gone: "its bytes cannot be read (FileNotFoundError)",
        changed: "its bytes were changed",
    }
    assert last == {"summary": {"files": 0, "without_bytes": 2}}
    assert bagit.Bag(str(tmp_path / "bag")).validate()
    assert {each.get("without_bytes") for each in documents(tmp_path / "bag", "evidence.jsonl")} == {
        None, "its bytes cannot be read (FileNotFoundError)", "its bytes were changed",
    }  # fmt: skip
    found = list(verify_record.verify(tmp_path / "bag"))
    assert len(found) == 2
    assert all("are not in the bag" in each for each in found)


def test_only_a_custodian_with_a_reason_and_a_new_folder_exports(case, custodian, tmp_path):
    before = CustodyEvent.objects.count()
    lead = make_member(case, Role.LEAD)
    before += 1  # That the lead is one.
    with pytest.raises(CommandError, match="may not do this"):
        exported(case, lead, tmp_path / "bag")
    with pytest.raises(CommandError, match="Say who asked for it"):
        exported(case, custodian, tmp_path / "bag", reason=" ")
    assert not (tmp_path / "bag").exists()
    with pytest.raises(CommandError, match="File exists"):
        exported(case, custodian, tmp_path)
    assert CustodyEvent.objects.count() == before
    for case_slug, name in (("nowhere", custodian.username), (case.slug, "nobody")):
        with pytest.raises(SystemExit) as end:
            call_command("export_case", case_slug, "x", "--by", name, "--reason", "y", stderr=io.StringIO())
        assert end.value.code == 2


def test_a_later_export_is_a_bag_of_its_own(bag, case, custodian, tmp_path):
    operations.request_checks(
        actor=person(make_member(case, Role.LEAD)), evidence=case.evidence.first(), reason="canary"
    )
    exported(case, custodian, tmp_path / "second")
    assert list(verify_record.verify(bag)) == []
    assert list(verify_record.verify(tmp_path / "second")) == []
