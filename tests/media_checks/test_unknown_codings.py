"""Containers whose video FFmpeg has no name for: a warning, never a failed run."""

import hashlib
from io import BytesIO

import av
import numpy
import pytest

from media_checks import metadata, perceptual_hash, reverse_date
from media_checks.context import Context, Kind, Media
from media_checks.contract import CheckVerdict, perform
from media_checks.reading import read

CODING = b"V_MPEG4/ISO/ASP"
OTHER_CODING = b"V_OF/NO/PROGRAM"


def film(*, known: bool) -> Media:
    """A Matroska film of one frame; where its coding is not known, its name in the header is another."""
    target = BytesIO()
    with av.open(target, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(numpy.zeros((48, 64, 3), numpy.uint8))
        for packet in (*stream.encode(frame), *stream.encode()):
            container.mux(packet)
    content = target.getvalue()
    assert content.count(CODING) == 1
    if not known:
        content = content.replace(CODING, OTHER_CODING)
    digest = hashlib.sha256(content).hexdigest()
    return Media(BytesIO(content), len(content), digest, "video/x-matroska", Kind.VIDEO)


def test_a_known_coding_is_read_with_its_size():
    reading = read(film(known=True))
    assert (reading.width, reading.height, reading.codec) == (64, 48, "mpeg4")
    assert reading.warnings == ()


def test_an_unknown_coding_is_a_warning_and_the_container_itself_says_the_rest():
    reading = read(film(known=False))
    assert reading.warnings == ("the video is of a coding that is not read here",)
    assert (reading.width, reading.height, reading.codec) == (64, 48, OTHER_CODING.decode())
    assert reading.encoder.startswith("Lavf")


def test_the_metadata_check_says_that_part_is_not_read_and_why():
    result = perform(metadata.CHECK, film(known=False), Context())
    summaries = [each.summary for each in result.findings]
    assert "It is a video of 64 by 48 pixels." in summaries
    assert (
        "Part of the metadata could not be read: the video is of a coding that is not read here." in summaries
    )


@pytest.mark.parametrize("check", [metadata.CHECK, perceptual_hash.CHECK, reverse_date.CHECK])
def test_no_check_breaks_on_an_unknown_coding_or_calls_it_passed(check):
    assert perform(check, film(known=False), Context()).verdict is CheckVerdict.INCONCLUSIVE


def test_an_unknown_coding_cannot_be_fingerprinted_and_says_so():
    (finding,) = perform(perceptual_hash.CHECK, film(known=False), Context()).findings
    assert finding.summary == "The file could not be read: the video is of a coding that is not read here."
