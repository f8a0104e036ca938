"""1,000 random changes to an exported record, and as many as the time allows to the database: all found.

``CORROBORATE_FULL=1`` makes 1,000 on the database too, and tells of each kind of change what finds it.
"""

from __future__ import annotations

import base64
import copy
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from claims import custody, heads, integrity, verify_record
from claims.actors import person
from claims.models import Case, CustodyEvent, CustodyHead, Role
from tests.builders import make_case, make_claim, make_evidence, make_member
from tests.verification import forging
from tests.verification.forging import Record
from verification import operations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

FULL = bool(os.environ.get("CORROBORATE_FULL"))
SEED, CHANGES = 20161222, 1000
CHANGES_OF_DATABASE = 1000 if FULL else 150


@pytest.fixture
def cases() -> list[Case]:
    """Two cases with some thirty lines each, and heads after a third and two thirds of them."""
    cases = [make_case(), make_case()]
    for _third in range(3):
        for case in cases:
            claims = [make_claim(case) for _ in range(6)]
            make_evidence(case, claims[0])
            make_evidence(case, claims[1], content=b"", source_url="https://example.org/a")
        heads.sign()
    return cases


@pytest.fixture
def bags(cases, tmp_path) -> list[Path]:
    """Both, exported."""
    for number, case in enumerate(cases):
        custodian = person(make_member(case, Role.CUSTODIAN))
        folder = tmp_path / f"bag-{number}"
        operations.export_case(actor=custodian, case=case, reason="The court asked.", folder=folder)
    return [tmp_path / "bag-0", tmp_path / "bag-1"]


@pytest.fixture
def witness(cases) -> list[dict]:
    """The heads that somebody outside has had since before the export."""
    return [heads.document_of(each) for each in CustodyHead.objects.all()]


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(settings.CUSTODY_KEY))


def test_a_thousand_changes_to_an_exported_record_are_all_found(witness, bags, tmp_path):
    bag, other = bags
    whole, key, desk = Record.of(bag, other), _key(), [heads.public_key()]
    assert list(verify_record.verify(bag, witness, desk)) == []
    covered = whole.heads[len(witness) - 1]["line"]
    changes, found, missed = (*forging.WITHOUT_THE_KEY, *forging.WITH_THE_KEY), Counter(), []
    for number in range(CHANGES):
        change, dice = changes[number % len(changes)], random.Random(f"{SEED} {number}")
        record = copy.deepcopy(whole)
        with_key = (key,) if change in forging.WITH_THE_KEY else ()
        change(record, dice, covered if with_key else len(record.lines), *with_key)
        assert (record.lines, record.heads) != (whole.lines, whole.heads)
        record.write(bag)
        if not list(verify_record.verify(bag, witness, desk)):
            missed.append((change.__name__, number))
        if FULL:
            found[change.__name__, "made"] += 1
            found[change.__name__, "with nothing"] += bool(list(verify_record.verify(bag)))
            found[change.__name__, "with the key"] += bool(list(verify_record.verify(bag, keys=desk)))
            found[change.__name__, "with a head"] += bool(list(verify_record.verify(bag, witness)))
    for row, count in sorted(found.items()):
        print(*row, count)
    assert missed == [], f"seed {SEED}"


def test_a_rewrite_by_whoever_has_the_key_is_found_by_an_earlier_head_alone(witness, bags):
    bag, other = bags
    record = Record.of(bag, other)
    covered = record.heads[0]["line"]
    forging.rewrite_with_the_key(record, random.Random(SEED), covered, _key())
    record.write(bag)
    desk = [heads.public_key()]
    assert list(verify_record.verify(bag, keys=desk)) == []
    for earlier in witness:
        number = earlier["number"]
        wanted = f"head {number} is not the one that the witness has"
        assert list(verify_record.verify(bag, [earlier], desk)) == [wanted]


def test_a_record_that_was_cut_behind_every_head_of_the_witness_is_found(witness, bags):
    bag, other = bags
    record = Record.of(bag, other)
    record.heads = record.heads[:1]
    del record.lines[record.heads[0]["line"] :]
    record.write(bag)
    found = list(verify_record.verify(bag, witness, [heads.public_key()]))
    assert "the bag has no head 3, which the witness has: it is older, or was cut" in found


@pytest.mark.parametrize("path", ["data/claims.jsonl", "data/evidence.jsonl", "data/case.jsonl"])
def test_what_stands_beside_the_record_is_covered_by_it(bags, path):
    bag, other = bags
    content = (bag / path).read_bytes()
    (bag / path).write_bytes(content.replace(b'"id":"', b'"id":"0', 1))
    Record.of(bag, other).write(bag)
    assert list(verify_record.verify(bag)) == ["the payload is not the one that the record says was exported"]


def test_bytes_that_were_taken_out_of_a_bag_are_named(bags):
    bag, other = bags
    victim = sorted((bag / "data/originals").iterdir())[0]
    victim.unlink()
    assert f"data/originals/{victim.name} is missing" in list(verify_record.verify(bag))
    manifest = bag / "manifest-sha256.txt"
    kept = [line for line in manifest.read_text().splitlines(keepends=True) if victim.name not in line]
    manifest.write_text("".join(kept))
    Record.of(bag, other).write(bag)
    found = " ".join(verify_record.verify(bag))
    assert f"the bytes of {victim.name}, received by line" in found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"no json\n", "cannot be read any further"),
        (b"[1]\n", "cannot be read any further"),
        (b'{"case": "spaces"}\n', "is not canonical"),
        (b'{"case":"a","case":"b"}\n', "is not canonical"),
        (b"", "lines, but the last head knows"),
        (b"\xff\xfe\n", "cannot be read any further"),
    ],
)
@pytest.mark.parametrize("name", [verify_record.LINES, verify_record.HEADS])
def test_a_bag_that_is_no_record_is_a_break_and_no_traceback(bags, wrong, said, name):
    (bags[0] / name).write_bytes(wrong)
    found = list(verify_record.verify(bags[0]))
    assert f"{name} was changed" in found
    assert any(said in each for each in found)


def test_a_value_is_not_shown_beside_the_digest_of_another(bags):
    record = Record.of(*bags)
    value = record.lines[0]["details"]["slug"]
    value |= {"digest": verify_record.withheld(value)["digest"], "value": "another case"}
    record.write(bags[0])
    assert "a value with other parts than it has" in list(verify_record.verify(bags[0]))[-1]


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "data/../../outside"])
def test_a_manifest_leads_nowhere_outside_the_bag(bags, path, tmp_path):
    (tmp_path / "outside").write_text("x")
    with (bags[0] / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'0' * 64}  {path}\n")
    assert f"{path} is missing" in list(verify_record.verify(bags[0]))


def test_a_folder_that_is_no_bag_is_a_break(tmp_path):
    assert "cannot be read any further" in next(iter(verify_record.verify(tmp_path / "nothing")))
    shutil.rmtree(tmp_path)


@pytest.mark.usefixtures("triggers_off")
def test_changes_to_the_database_are_all_found(cases):
    assert list(integrity.record_breaks(cases)) == [] == list(heads.breaks())
    missed = []
    changes = (_edit, _remove, _insert, _swap, _rewrite, _drop_the_end, _drop_a_case, _change_a_head)
    for number in range(CHANGES_OF_DATABASE):
        change, dice = changes[number % len(changes)], random.Random(f"{SEED} {number}")
        with transaction.atomic():
            change(cases, dice)
            found = [*integrity.record_breaks(cases), *heads.breaks()]
            transaction.set_rollback(True)
        if not found:
            missed.append((change.__name__, number))
    assert missed == [], f"seed {SEED}"


def _line(cases, dice) -> CustodyEvent:
    lines = CustodyEvent.objects.filter(case=dice.choice(cases)).order_by("sequence")
    return lines[dice.randrange(lines.count())]


def _edit(cases, dice) -> None:
    changes = [
        {"actor": "user:1"}, {"action": "claim.withdrawn"}, {"subject": "claim:1"}, {"details": {"a": 1}},
        {"at": "2016-01-01T00:00:00Z"}, {"salt": f"{dice.getrandbits(128):032x}"}, {"hash": "0" * 64},
        {"previous_hash": "1" * 64}, {"sequence": 10_000},
    ]  # fmt: skip
    CustodyEvent.objects.filter(pk=_line(cases, dice).pk).update(**dice.choice(changes))


def _remove(cases, dice) -> None:
    _line(cases, dice).delete()


def _insert(cases, dice) -> None:
    line = _line(cases, dice)
    line.pk, line.sequence, line.hash = (
        None,
        CustodyEvent.objects.filter(case=line.case).count() + 1,
        "2" * 64,
    )
    line.save(force_insert=True)


def _swap(cases, dice) -> None:
    one, other = _line([cases[0]], dice), _line([cases[1]], dice)
    first, second = (one.actor, one.details, one.action), (other.actor, other.details, other.action)
    if first == second:
        one.subject, other.subject = other.subject, one.subject
    (one.actor, one.details, one.action), (other.actor, other.details, other.action) = second, first
    one.save()
    other.save()


def _rewrite(cases, dice) -> None:
    """The chain is whole again; what the heads knew is not."""
    case, previous = dice.choice(cases), verify_record.GENESIS
    for line in CustodyEvent.objects.filter(case=case).order_by("sequence"):
        line.actor, line.previous_hash = "user:1", previous
        line.hash = previous = custody.hash_of(line)
        line.save()


def _drop_the_end(cases, dice) -> None:
    case = dice.choice(cases)
    lines = CustodyEvent.objects.filter(case=case)
    lines.filter(sequence__gt=dice.randrange(1, lines.count())).delete()


def _drop_a_case(cases, dice) -> None:
    CustodyEvent.objects.filter(case=dice.choice(cases)).delete()


def _change_a_head(cases, dice) -> None:
    head = dice.choice(list(CustodyHead.objects.all()))
    changes = [
        {"lines": head.lines + 1}, {"leaves": {}}, {"signature": "0" * 128}, {"root": "0" * 64},
        {"at": "2016-01-01T00:00:00Z"}, {"key": "0" * 64}, {"hash": "0" * 64},
    ]  # fmt: skip
    CustodyHead.objects.filter(pk=head.pk).update(**dice.choice(changes))
