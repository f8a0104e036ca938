"""Content Credentials within the locked child: as outside of it, without a way out, and loud when broken."""

from __future__ import annotations

import json
import random
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from media_checks.context import Context
from media_checks.contract import Result, perform
from media_checks.files import media_of
from media_checks.registry import CHECKS, check
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox
from tests.media_checks.samples import media, photo
from tests.media_checks.sandbox.asking import examined
from tests.media_checks.signing import Signing

METADATA = check("metadata")
SIGNING = Signing()
BEFORE = datetime(2014, 6, 1, tzinfo=UTC)
CHECKED = (METADATA, check("reverse_date"))


@pytest.fixture(scope="module")
def signed() -> bytes:
    return SIGNING.sign(photo(), stamped=BEFORE)


def test_every_real_file_says_the_same_within_the_lock_as_outside(sandbox: Sandbox, media_folder: Path):
    truth = (media_folder / "media/truth/c2pa.jsonl").read_text().splitlines()
    paths = [media_folder / "media" / json.loads(line)["path"] for line in truth]
    assert len(paths) > 70
    for path in paths:
        within = examined(sandbox, METADATA, path, Context())
        with path.open("rb") as file:
            assert within == perform(METADATA, media_of(file, path.stat().st_size), Context()), path.name


def test_trust_reaches_the_locked_child(sandbox: Sandbox, file, signed: bytes):
    context = Context(
        claimed_start=datetime(2016, 11, 18, tzinfo=UTC),
        trust_anchors=SIGNING.signer.anchor + SIGNING.authority.anchor,
    )
    for each in CHECKED:
        within = examined(sandbox, each, file(signed), context)
        assert within == perform(each, media(signed), context)
    assert within.verdict == "contradicted"


def test_a_whole_trust_list_fits_into_a_request(sandbox: Sandbox, file, signed: bytes):
    anchors = SIGNING.authority.anchor
    anchors *= (128 << 10) // len(anchors)

    assert examined(sandbox, METADATA, file(signed), Context(trust_anchors=anchors)).findings


def test_the_zygote_has_one_thread_before_and_after_it_has_forked(sandbox: Sandbox, file, signed: bytes):
    for content in (photo(), signed):
        examined(sandbox, METADATA, file(content), Context())
        assert len(list(Path(f"/proc/{sandbox.process}/task").iterdir())) == 1


def test_reading_credentials_starts_no_thread_and_asks_no_network(media_folder: Path):
    """Issuers of identities would be looked up at an address of the file's choice: they are not followed."""
    before = len(list(Path("/proc/self/task").iterdir()))
    for path in sorted((media_folder / "media/c2pa").rglob("*ica_validation*.jpg")):
        perform(METADATA, media(path.read_bytes()), Context())
    assert len(list(Path("/proc/self/task").iterdir())) == before


def broken(signed: bytes) -> dict[str, bytes]:
    """The signed photo with its store cut, overwritten, or claiming to be longer than it is."""
    start = signed.index(b"\xff\xeb")
    length = struct.unpack_from(">H", signed, start + 2)[0]
    noise = random.Random(1)
    kinds = {f"cut at {share} %": signed[: start + length * share // 100] for share in (1, 10, 50, 90)}
    for seed in range(12):
        at = start + 4 + noise.randrange(8, length - 40)
        kinds[f"noise {seed}"] = signed[:at] + noise.randbytes(32) + signed[at + 32 :]
    for word in (b"\0\0\0\0", b"\0\0\0\1", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff"):
        kinds[f"length {word.hex()}"] = signed[: start + 12] + word + signed[start + 16 :]
    kinds["garbage"] = signed[: start + 20] + noise.randbytes(length - 20) + signed[start + length :]
    return kinds


def test_a_broken_store_takes_no_other_finding_away(sandbox: Sandbox, file, signed: bytes):
    for name, content in broken(signed).items():
        result = examined(sandbox, METADATA, file(content), Context())
        assert isinstance(result, Result), name
        codes = {each.code.slug for each in result.findings}
        assert codes & {"metadata.file", "media.unreadable"}, name


def test_a_broken_store_in_any_format_is_answered(sandbox: Sandbox, file):
    noise = random.Random(2).randbytes(400)
    box = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + noise
    for content in (
        b"RIFF" + struct.pack("<I", 420) + b"WEBPC2PA" + struct.pack("<I", 0xFFFFFFF0) + noise,
        b"\0\0\0\x14ftypisom\0\0\0\0isom" + struct.pack(">I", 0x7FFFFFFF) + b"uuid" + box,
        b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\1uuid" + b"\xff" * 8 + box,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\x7f\xff\xff\xffcaBX" + noise,
        b"II*\0\x08\0\0\0\1\0\x41\xcd\7\0\xff\xff\xff\x7f\x20\0\0\0\0\0\0\0" + noise,
    ):
        assert examined(sandbox, METADATA, file(content), Context()).findings


def test_hostile_files_are_answered(sandbox: Sandbox, media_folder: Path):
    """Of what breaks naive readers, each file that has the marker of credentials, and a sample of all."""
    everything = sorted(each for each in (media_folder / "hostile").rglob("*") if each.is_file())
    marked = [each for each in everything if each.stat().st_size < 1 << 20 and is_marked(each.read_bytes())]
    assert marked
    for path in marked + everything[::150]:
        (told,) = sandbox.examine((METADATA,), path, Context())
        assert told.reason if isinstance(told, DidNotRun) else told.findings, path.name


def is_marked(content: bytes) -> bool:
    return b"jumb" in content or b"c2pa" in content.lower()


def test_credentials_that_need_too_much_memory_are_told_and_not_left_out(
    sandbox: Sandbox, file, signed: bytes
):
    """A child that is ended has no result at all: never one from which the credentials are missing."""
    status = Path(f"/proc/{sandbox.process}/status").read_text()
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) << 10
    for spare in range(0, 8 << 20, 1 << 20):
        limits = Limits(memory=used + spare)
        (told,) = sandbox.examine((METADATA,), file(signed), Context(), limits=limits)
        named = (
            told.reason
            if isinstance(told, DidNotRun)
            else any(each.code.slug.startswith("metadata.credentials") for each in told.findings)
        )
        assert named


def test_what_is_the_same_for_all_checks_is_the_same_together(sandbox: Sandbox, file, signed: bytes):
    context = replace(Context(), trust_anchors=SIGNING.authority.anchor)
    together = sandbox.examine(CHECKS, file(signed), context)

    assert together == [examined(sandbox, each, file(signed), context) for each in CHECKS]
