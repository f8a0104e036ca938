"""The locked child on real files: what kills it, what it cannot reach, and what always comes of it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from media_checks.contract import CheckVerdict, Context, Result, Unreadable
from media_checks.registry import CHECKS, check
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox
from tests.media_checks.samples import EVERY_KIND, film, photo, png_bomb, saved, scan_bomb, scene

METADATA, HASH = check("metadata"), check("perceptual_hash")
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox()
    yield running
    running.stop()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def written(content: bytes) -> Path:
        path = tmp_path / f"file-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(content)
        return path

    return written


def children_of(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def eventually(condition: Callable[[], object], seconds: float = 15) -> object:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("sample", EVERY_KIND)
@pytest.mark.parametrize("each", CHECKS, ids=lambda check: check.slug)
def test_every_check_answers_about_every_kind_of_file(sandbox: Sandbox, file, each, sample: str):
    result = sandbox.examine(each, file(EVERY_KIND[sample]()), Context())

    assert isinstance(result, Result)
    assert result.findings


def test_a_descriptor_is_as_good_as_a_path(sandbox: Sandbox, file):
    path = file(photo(make="Cam"))

    with path.open("rb") as stream:
        stream.read(100)
        given = sandbox.examine(METADATA, stream.fileno(), Context())

    assert given == sandbox.examine(METADATA, path, Context())


def test_a_file_that_is_not_there_did_not_run(sandbox: Sandbox, tmp_path: Path):
    with pytest.raises(DidNotRun, match="cannot be opened"):
        sandbox.examine(METADATA, tmp_path / "nothing", Context())


def test_endless_work_is_ended_by_its_processor_time(sandbox: Sandbox, file):
    with pytest.raises(DidNotRun, match="more than 1 seconds of processor time"):
        sandbox.examine(HASH, file(scan_bomb()), Context(), limits=Limits(cpu=1))


def test_what_takes_too_long_by_the_clock_is_ended(sandbox: Sandbox, file):
    with pytest.raises(DidNotRun, match="longer than 1 seconds"):
        sandbox.examine(HASH, file(scan_bomb()), Context(), limits=Limits(wall=1))


def test_a_picture_that_needs_too_much_memory_is_an_answer(sandbox: Sandbox, file):
    status = Path(f"/proc/{sandbox.process}/status").read_text()
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) << 10
    large = file(saved(Image.new("RGB", (7000, 7000)), "PNG"))

    short = sandbox.examine(HASH, large, Context(), limits=Limits(memory=used + (64 << 20)))

    assert short.verdict is CheckVerdict.INCONCLUSIVE
    assert "more memory than a file is allowed" in short.findings[0].summary


def test_a_child_that_is_killed_harms_nobody_else(sandbox: Sandbox, file):
    with ThreadPoolExecutor(2) as threads:
        doomed = threads.submit(sandbox.examine, HASH, file(scan_bomb()), Context())
        child = eventually(lambda: children_of(sandbox.process))[0]
        beside = sandbox.examine(METADATA, file(photo(make="Cam")), Context())
        os.kill(child, signal.SIGKILL)

        with pytest.raises(DidNotRun, match="killed from outside"):
            doomed.result()
    assert beside.findings


def test_a_zygote_that_is_killed_takes_its_children_along_and_is_started_again(file):
    sandbox = Sandbox()
    with ThreadPoolExecutor(1) as threads:
        zygote = sandbox.process
        doomed = threads.submit(sandbox.examine, HASH, file(scan_bomb()), Context())
        child = eventually(lambda: children_of(zygote))[0]
        os.kill(zygote, signal.SIGKILL)

        with pytest.raises(DidNotRun, match="lost"):
            doomed.result()
    eventually(lambda: gone(child))
    assert sandbox.examine(METADATA, file(photo()), Context()).findings
    assert sandbox.process != zygote
    sandbox.stop()


def test_nothing_outlives_a_client_that_is_killed(file):
    code = (
        "import sys, threading\n"
        "from media_checks.contract import Context\n"
        "from media_checks.registry import check\n"
        "from media_checks.sandbox.client import Sandbox\n"
        "sandbox = Sandbox()\n"
        "print(sandbox.process, flush=True)\n"
        "sandbox.examine(check('perceptual_hash'), sys.argv[1], Context())\n"
    )
    path = file(scan_bomb())
    client = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=PROJECT)
    zygote = int(client.stdout.readline())
    child = eventually(lambda: children_of(zygote))[0]

    client.kill()
    client.wait()

    eventually(lambda: gone(zygote) and gone(child))
    client.stdout.close()


def test_a_stopped_sandbox_starts_again_when_it_is_asked(file):
    sandbox = Sandbox()
    first = sandbox.process
    sandbox.stop()

    assert gone(first)
    assert sandbox.examine(METADATA, file(photo()), Context()).findings
    sandbox.stop()


def test_threads_share_one_zygote(sandbox: Sandbox, file):
    paths = [file(photo(scene(seed), make=f"Cam {seed}")) for seed in range(12)]

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(lambda path: sandbox.examine(METADATA, path, Context()), paths))

    for seed, result in enumerate(results):
        assert f"Cam {seed}." in " ".join(finding.summary for finding in result.findings)


def test_a_forked_worker_has_a_zygote_of_its_own(sandbox: Sandbox, file):
    path, parents = file(photo()), sandbox.process
    reading, writing = os.pipe()
    if (worker := os.fork()) == 0:
        findings = sandbox.examine(METADATA, path, Context()).findings
        os.write(writing, json.dumps([sandbox.process, len(findings)]).encode())
        sandbox.stop()
        os._exit(0)
    os.waitpid(worker, 0)
    own, findings = json.loads(os.read(reading, 1000))

    assert own not in (parents, 0)
    assert findings
    assert sandbox.process == parents
    assert sandbox.examine(METADATA, path, Context()).findings
    os.close(reading)
    os.close(writing)


def test_no_descriptor_is_left_open(sandbox: Sandbox, file):
    path = file(photo())
    sandbox.examine(METADATA, path, Context())
    ends = Path("/proc/self/fd"), Path(f"/proc/{sandbox.process}/fd")
    before = [len(list(end.iterdir())) for end in ends]

    for _ in range(5):
        sandbox.examine(METADATA, path, Context())
        sandbox.render(path, 64)
        with pytest.raises(DidNotRun):
            sandbox.examine(METADATA, path, Context(file_name="x" * 300_000))

    assert [len(list(end.iterdir())) for end in ends] == before


def test_the_zygote_knows_no_secrets(file, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a-canary-in-the-environment")
    sandbox = Sandbox()

    environment = Path(f"/proc/{sandbox.process}/environ").read_text()

    assert "PYTHONPATH" in environment
    assert "canary" not in environment
    sandbox.stop()


def test_the_zygote_has_one_thread(sandbox: Sandbox):
    assert "Threads:\t1\n" in Path(f"/proc/{sandbox.process}/status").read_text()


def test_the_layers_that_hold_are_named(sandbox: Sandbox):
    assert "resource_limits" in sandbox.layers
    assert "no_new_privileges" in sandbox.layers


FORBIDDEN = {
    "read a file": ("landlock", "open('/etc/hostname').read()"),
    "write a file": ("landlock", "open('/tmp/planted', 'w')"),
    "list a folder": ("landlock", "os.listdir('/')"),
    "run a program": ("landlock", "os.execv('/bin/sh', ['sh', '-c', 'exit 0'])"),
    "reach the machine itself": ("network_namespace", "socket.socket().connect(('127.0.0.1', PORT))"),
    "reach the world": ("network_namespace", "socket.socket().connect(('192.0.2.1', 80))"),
}


@pytest.mark.parametrize("act", FORBIDDEN)
def test_a_locked_process_cannot(act: str):
    layer, code = FORBIDDEN[act]
    script = (
        "import os, socket\n"
        "from media_checks.sandbox.locks import lock_zygote\n"
        "server = socket.create_server(('127.0.0.1', 0)); PORT = server.getsockname()[1]\n"
        "layers = lock_zygote()\n"
        f"if {layer!r} not in layers: print('no such layer here'); os._exit(0)\n"
        f"try: {code}\n"
        "except OSError as error: print('blocked')\n"
        "else: print('done')\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT)

    if "no such layer here" in ran.stdout:
        pytest.skip(f"this machine does not allow {layer}")
    assert ran.stdout == "blocked\n", ran.stderr


def test_a_working_copy_is_upright_small_and_says_nothing(sandbox: Sandbox, file):
    turned = scene(3).transpose(Image.Transpose.ROTATE_90)
    content = photo(turned, orientation=6, make="A canary", place=(36.2, 37.16))

    copy = sandbox.render(file(content), 200)

    image = Image.open(BytesIO(copy))
    assert (image.format, image.size) == ("JPEG", (200, 150))
    assert not image.getexif()
    assert b"canary" not in copy


def test_a_working_copy_is_never_larger_than_the_picture(sandbox: Sandbox, file):
    assert Image.open(BytesIO(sandbox.render(file(photo(scene(3, 120, 90))), 4000))).size == (120, 90)


def test_a_working_copy_of_a_film_shows_the_time_asked_for(sandbox: Sandbox, file):
    red, blue = Image.new("RGB", (160, 120), "red"), Image.new("RGB", (160, 120), "blue")
    path = file(film([red, red, blue, blue], every_key=True))

    colours = [Image.open(BytesIO(sandbox.render(path, 100, at=at))).getpixel((9, 9)) for at in (0.0, 3.0)]

    assert [colour.index(max(colour)) for colour in colours] == [0, 2]


@pytest.mark.parametrize("content", [b"", b"text", png_bomb(), photo()[:3000]], ids=range(4))
def test_what_cannot_be_shown_has_a_reason(sandbox: Sandbox, file, content: bytes):
    with pytest.raises(Unreadable) as refused:
        sandbox.render(file(content), 200)

    assert refused.value.reason


def test_a_request_that_is_too_large_did_not_run(sandbox: Sandbox, file):
    with pytest.raises(DidNotRun, match="too large"):
        sandbox.examine(METADATA, file(photo()), Context(file_name="x" * 300_000))


@pytest.mark.timeout(280)
def test_hostile_files_each_get_an_answer(sandbox: Sandbox, media_folder: Path):
    everything = sorted(path for path in (media_folder / "hostile").rglob("*.*") if path.is_file())
    chosen = random.Random(42).sample(everything, 48)
    limits, ended = Limits(cpu=5, wall=30), {}

    for path in chosen:
        for each in (METADATA, HASH):
            try:
                ended[path.name, each.slug] = sandbox.examine(
                    each, path, Context(), limits=limits
                ).verdict.value
            except DidNotRun as unfinished:
                ended[path.name, each.slug] = unfinished.reason

    assert len(ended) == 2 * len({path.name for path in chosen})
    assert not [each for each in ended.items() if "defect" in each[1] or "contract" in each[1]]
