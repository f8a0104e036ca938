"""What the metadata check says of Content Credentials: signed here, and on the real files of others."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest

from media_checks.context import Context
from media_checks.contract import Bearing, CheckVerdict, Finding, perform
from media_checks.metadata import CHECK
from media_checks.reading import read
from tests.media_checks.samples import film, media, photo, saved, scene
from tests.media_checks.signing import GENERATED, Signing, created, flipped
from tests.media_checks.written_blocks import jpeg_with, segment, xmp

SIGNING = Signing()
FIXTURES = "media/c2pa/contentauth+c2pa-rs/sdk__tests__fixtures__"


def findings(content: bytes, anchors: str = "") -> dict[str, Finding]:
    """The findings about credentials, by the last part of their codes."""
    found = perform(CHECK, media(content), Context(trust_anchors=anchors)).findings
    start = "metadata.credentials"
    return {each.code.slug.removeprefix(start): each for each in found if each.code.slug.startswith(start)}


@pytest.fixture(scope="module")
def signed() -> bytes:
    return SIGNING.sign(photo(make="Cam"))


def test_where_there_are_none_nothing_is_said_of_it():
    assert findings(photo()) == {}
    assert findings(film([scene(1, 64, 64)])) == {}


def test_credentials_that_fit_are_context_and_say_who_signed(signed):
    found = findings(signed)

    assert set(found) == {""}
    assert found[""].bearing is Bearing.CONTEXT
    assert (
        "made with Test camera 1, signed by Signer, Tests (nobody vouches for this name)" in found[""].summary
    )
    assert "at a time that nobody attests" in found[""].summary


def test_a_signer_that_the_operator_trusts_is_named_so(signed):
    found = findings(signed, SIGNING.signer.anchor)[""]

    assert found.details["trusted"] is True
    assert "whom the operator trusts" in found.summary
    assert findings(signed, SIGNING.authority.anchor)[""].details["trusted"] is False


def test_a_picture_changed_after_it_was_signed_is_disputed_and_never_contradicted(signed):
    result = perform(CHECK, media(flipped(signed)), Context())

    assert result.verdict is CheckVerdict.DISPUTED
    assert "the file's bytes are others" in findings(flipped(signed))["_altered"].summary


def test_a_signer_that_is_not_known_is_no_tampering(signed):
    assert read(media(signed)).credentials.failures == ()
    assert perform(CHECK, media(signed), Context()).verdict is CheckVerdict.INCONCLUSIVE


def test_a_declared_edit_is_context_and_names_the_step(signed):
    edited = SIGNING.sign(signed, {"action": "c2pa.color_adjustments"}, edited=True)
    found = findings(edited)

    assert found["_edited"].bearing is Bearing.CONTEXT
    assert found["_edited"].summary.endswith("colours adjusted.")


def test_a_declared_generation_is_for_a_person_to_judge():
    found = findings(SIGNING.sign(photo(), created(source=GENERATED)))

    assert found["_synthetic"].code.argues_for is CheckVerdict.DISPUTED
    assert "generative AI" in found["_synthetic"].summary


def test_what_is_generated_and_placed_into_a_picture_is_told_too():
    generated = SIGNING.sign(photo(), created(source=GENERATED))
    found = findings(SIGNING.sign(generated, {"action": "c2pa.cropped"}, edited=True))

    assert "_synthetic" in found


def test_a_capture_is_nothing_synthetic(signed):
    assert "_synthetic" not in findings(signed)


def test_an_altered_file_that_was_signed_again_is_not_clean(signed):
    laundered = SIGNING.sign(flipped(signed), {"action": "c2pa.cropped"}, edited=True)
    found = findings(laundered, SIGNING.signer.anchor)

    assert "the file's bytes are others" in found["_earlier"].summary
    assert found["_earlier"].bearing is Bearing.INCONCLUSIVE


def test_credentials_kept_elsewhere_are_named_and_not_fetched():
    mark = b"http://ns.adobe.com/xap/1.0/\0"
    packet = xmp(dcterms__provenance="https://manifests.example/1")
    content = jpeg_with(segment(0xE1, mark + packet))

    assert "manifests.example" in findings(content)["_elsewhere"].summary
    assert read(media(content)).sources["credentials_address"] == "XMP dcterms:provenance"


def heif() -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(scene(1, 64, 64)).save(file)
    return file.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "heic", "mp4", "mov", "avi"])
def test_every_format_that_can_carry_them_is_read(format):
    if format == "heic":
        content = heif()
    elif format.islower():
        content = film([scene(1, 64, 64)], format=format)
    else:
        content = saved(scene(), format)
    signed = SIGNING.sign(content, media_type=media(content).media_type)
    reading = read(media(signed))

    assert (reading.credentials.state, reading.credentials.failures) == ("valid", ())
    assert reading.sources["credentials"] == reading.credentials.where


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("XCA.jpg", {"_altered", "_edited"}),
        ("E-sig-CA.jpg", {"_altered", "_edited"}),
        ("CA.jpg", {"", "_edited"}),
        ("ocsp.jpg", {"", "_edited", "_synthetic"}),
        ("no_alg.jpg", {"_unreadable"}),
        ("cloud.jpg", {"_elsewhere"}),
        ("no_manifest.jpg", set()),
        ("tiff_poc.tiff", set()),
    ],
)
def test_real_files_of_others_are_told_apart(media_folder: Path, name: str, codes: set[str]):
    assert set(findings((media_folder / f"{FIXTURES}{name}").read_bytes())) == codes


def test_an_identity_is_not_passed_over_in_silence(media_folder: Path):
    (path,) = (media_folder / "media/c2pa").rglob("*C_with_CAWG_data.jpg")

    assert "_identity" in findings(path.read_bytes())


def test_every_tampered_file_of_the_references_is_disputed_and_no_other(media_folder: Path):
    tampered = 0
    for line in (media_folder / "media/truth/c2pa.jsonl").read_text().splitlines():
        truth = json.loads(line)
        wrong = [
            each for each in truth.get("failures", ()) if each.endswith("mismatch") and "cawg" not in each
        ]
        found = findings((media_folder / "media" / truth["path"]).read_bytes())
        if not truth["path"].endswith(".c2pa"):
            assert ("_altered" in found) == bool(wrong), truth["path"]
            tampered += bool(wrong)
    assert tampered == 3


@pytest.mark.parametrize("action", ["time stamp", "cropped", "c2pa.cropped (GIMP)", "created; resized"])
def test_an_action_of_another_name_is_called_by_it_and_taken_for_no_word_of_ours(signed, action):
    found = findings(SIGNING.sign(signed, {"action": action}, edited=True))

    assert re.search(r"file: a step called [\w.]+\.$", found["_edited"].summary)


def test_a_program_named_in_a_step_cannot_add_another():
    step = {"action": "c2pa.cropped", "softwareAgent": {"name": "GIMP); resized; edited (in a component"}}
    found = findings(SIGNING.sign(photo(), created(), step))

    assert found["_edited"].summary.endswith(": cropped (GIMP), resized, edited (in a component).")
