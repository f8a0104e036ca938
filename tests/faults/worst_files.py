"""The files that cost the most or once broke a tool, sent in among good ones: nobody else is harmed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.outcomes import Outcome
from tests.faults.scene import Scene

NAME = "worst files"
FOLDER = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent") / "hostile"
# By what benchmarks/bench_hostile.py tells of processor time and memory, the dearest first, and then those
# that were found because they hung or crashed a decoder. What "made/" says is made by make_hostile.py.
WORST = (
    "made/avif_8192x8192.avif",
    "made/png_200k_tiny_chunks.png",
    "made/tiff_20000_ifds.tif",
    "pillow/Tests_images_timeout-6646305047838720",
    "made/jpeg_scan_bomb_*.jpg",
    "made/jpeg_100k_app_segments.jpg",
    "made/png_ztxt_bomb_x200_900KB.png",
    "mp4parse/mp4parse_capi_tests_white.mp4",
    "made/exif_65535_entries.jpg",
    "go-fuzz/tiff_corpus_3afdb29a66a14c49d87786808089a27842e0b84f-2",
    "made/png_idat_huge_tail_zeros.png",
    "made/png_ztxt_bomb_64MB.png",
    "mp4parse/mp4parse_capi_tests_av1-clearkey-cbcs-video.mp4",
    "go-fuzz/bmp_corpus_6cbce3c946793614700428498e84f51c1336dba5-1",
    "mdx-fuzzed/fuzzing_crash-ea29a28c49c0574698d1c985c792a88750a355d9.fuzzed",
    "pillow/Tests_images_truncated_app14.jpg",
    "pillow/Tests_images_tiff_16bit_RGBa.tiff",
    "av1-avif/testFiles_Link-U_fox.profile2.12bpc.yuv444.odd-width.odd-height.avif",
    "av1-avif/testFiles_Netflix_avif_hdr_cosmos12920_cicp9-16-9_yuv420_limited_qp20.avif",
    "av1-avif/testFiles_Microsoft_kids_720p.avif",
)
RUNS = """
    SELECT item.media_file_id, run.state, run.attempts, run.reason
    FROM verification_checkrun run JOIN claims_evidence item ON item.id = run.evidence_id
"""


def run(scene: Scene, *, worst: int, good: int) -> Outcome:
    """Send so many of the worst among so many good ones, in an order by seed."""
    outcome = scene.outcome(NAME)
    with tempfile.TemporaryDirectory() as folder:
        bad = [path.read_bytes() for path in paths(Path(folder))[:worst]]
    contents = bad + [scene.picture() for _ in range(good)]
    scene.random.shuffle(contents)
    answers = scene.volunteers.send_all(contents)
    refused = [each.status for each in answers if not each.is_acknowledged]
    outcome.expect(not refused, f"not taken: {refused}")
    scene.wait_until_checked(600)
    sent = {each.sha256 for each in answers}
    rows = [row for row in scene.ask(RUNS) if row[0] in sent]
    failed = [row for row in rows if row[1] != "finished"]
    ill = {answer.sha256 for answer, content in zip(answers, contents, strict=True) if content in bad}
    harmed = [row for row in failed if row[0] not in ill]
    outcome.expect(not harmed, f"good ones did not run: {harmed[:2]}")
    most = max(row[2] for row in rows)
    outcome.further = f"{worst} among {good}; {len(failed)} runs of theirs failed, most attempts {most}"
    return scene.judged(outcome)


def paths(folder: Path) -> list[Path]:
    """Where the worst files are. Raises FileNotFoundError where CORROBORATE_MEDIA has them not."""
    if not (FOLDER / "make_hostile.py").is_file():
        raise FileNotFoundError("CORROBORATE_MEDIA names no folder with the hostile files.")
    made = folder / "made"
    subprocess.run([sys.executable, FOLDER / "make_hostile.py", made], check=True, capture_output=True)
    return [
        next((made if name.startswith("made/") else FOLDER).glob(name.removeprefix("made/")))
        for name in WORST
    ]
