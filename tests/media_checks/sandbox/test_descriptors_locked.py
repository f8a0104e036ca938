"""A descriptor model within the locked child: as outside of it, without thread, file or socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from media_checks.context import Context, DescriptorModel
from media_checks.contract import Result, perform
from media_checks.registry import CHECKS, check
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox
from tests import descriptor_models
from tests.media_checks.samples import EVERY_KIND, media, photo, saved, scene
from tests.media_checks.sandbox.asking import examined

HASH = check("perceptual_hash")
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DescriptorModel:
    return descriptor_models.named(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def context(model: DescriptorModel) -> Context:
    return Context(descriptor_model=model)


def test_the_locked_child_gives_the_same_numbers_as_outside(sandbox: Sandbox, file, context: Context):
    for content in (photo(), saved(scene(5, 300, 900)), saved(scene(6), "PNG")):
        within = examined(sandbox, HASH, file(content), context)
        assert within == perform(HASH, media(content), context)
        assert within.findings[0].details["described"]


@pytest.mark.parametrize("sample", EVERY_KIND)
def test_every_kind_of_file_is_answered_with_a_model_too(sandbox: Sandbox, file, context, sample: str):
    outcomes = sandbox.examine(CHECKS, file(EVERY_KIND[sample]()), context)
    assert all(isinstance(each, Result) and each.findings for each in outcomes)


def test_the_zygote_has_one_thread_and_no_socket_but_its_own(file, context: Context):
    sandbox = Sandbox()
    sandbox.load(context.descriptor_model)
    plain = Sandbox()
    for each in (sandbox, plain):
        assert len(list(Path(f"/proc/{each.process}/task").iterdir())) == 1
    assert sockets_of(sandbox.process) == sockets_of(plain.process) == 1
    examined(sandbox, HASH, file(photo()), context)
    assert len(list(Path(f"/proc/{sandbox.process}/task").iterdir())) == 1
    for each in (sandbox, plain):
        each.stop()


def sockets_of(process: int) -> int:
    targets = [os.readlink(each) for each in Path(f"/proc/{process}/fd").iterdir()]
    return sum(each.startswith("socket:") for each in targets)


def test_a_model_is_loaded_once_and_not_for_requests_that_need_none(sandbox: Sandbox, file, context):
    sandbox.load(context.descriptor_model)
    before = sandbox.process
    for each in (context, Context(), context):
        examined(sandbox, HASH, file(photo()), each)
        assert sandbox.process == before
    assert "described" not in examined(sandbox, HASH, file(photo()), Context()).findings[0].details


def test_a_request_for_another_model_leaves_the_first_at_work(file, context: Context, tmp_path: Path):
    sandbox = Sandbox()
    first = examined(sandbox, HASH, file(photo()), context)
    running = sandbox.process
    other = Context(descriptor_model=descriptor_models.named(tmp_path, dimension=64))
    second = examined(sandbox, HASH, file(photo()), other)
    assert second.parameters["descriptors"]["dimension"] == 64
    assert sandbox.process == running
    assert examined(sandbox, HASH, file(photo()), context) == first
    sandbox.stop()


REFUSED = {
    "DESCRIPTOR_MODEL cannot be read": {"path": "/nowhere/model.onnx"},
    "DESCRIPTOR_SHA256 is not that of the file": {"sha256": "0" * 64},
    "DESCRIPTOR_DIMENSION is 512": {"dimension": 512},
    "DESCRIPTOR_SIDE of 64": {"side": 64},
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_check_with_an_unfit_model_did_not_run_and_says_why(file, model: DescriptorModel, said: str):
    sandbox = Sandbox()
    unfit = replace(model, **REFUSED[said])
    with pytest.raises(DidNotRun, match=said):
        examined(sandbox, HASH, file(photo()), Context(descriptor_model=unfit))
    assert examined(sandbox, HASH, file(photo()), Context()).findings
    sandbox.stop()


def test_a_child_whose_memory_does_not_suffice_for_the_model_says_so_and_is_not_green(file, tmp_path: Path):
    """Never a result from which the descriptor is missing."""
    sandbox = Sandbox()
    context = Context(descriptor_model=descriptor_models.named(tmp_path))
    sandbox.load(context.descriptor_model)
    status = Path(f"/proc/{sandbox.process}/status").read_text()
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) << 10
    ran = []
    for spare in range(0, 64 << 20, 4 << 20):
        limits = Limits(memory=used + spare)
        (told,) = sandbox.examine((HASH,), file(photo()), context, limits=limits)
        ran.append(isinstance(told, Result))
        assert told.reason if isinstance(told, DidNotRun) else "unreadable" in str(told) or described(told)
    sandbox.stop()
    assert ran[-1]


def described(result: Result) -> bool:
    return any("described" in each.details for each in result.findings)


def test_a_small_model_needs_far_less_than_a_child_is_allowed(file, context: Context):
    sandbox = Sandbox()
    sandbox.load(context.descriptor_model)
    status = Path(f"/proc/{sandbox.process}/status").read_text()
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) << 10
    assert used < Limits().memory / 2
    sandbox.stop()


# <linux/seccomp.h>, <linux/filter.h>: end the process at any of these calls, allow every other (x86_64).
CALLS = {"socket": 41, "connect": 42, "clone": 56, "clone3": 435, "openat": 257, "open": 2}
FORBID = """
import ctypes, struct, sys
def forbid(*numbers):
    rows = [struct.pack("HBBI", 0x20, 0, 0, 0)]
    for number in numbers:
        rows += [struct.pack("HBBI", 0x15, 0, 1, number), struct.pack("HBBI", 0x06, 0, 0, 0x80000000)]
    rows.append(struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000))
    code = ctypes.create_string_buffer(b"".join(rows))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(rows), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
"""
MODEL = """
import json, os
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from io import BytesIO
from media_checks import descriptors
from media_checks.context import DescriptorModel
from media_checks.files import media_of
model = DescriptorModel.from_json(json.loads(sys.argv[1]))
content = open(sys.argv[2], "rb").read()
def describe(): return descriptors.describe(media_of(BytesIO(content), len(content), ""), model)
"""
ACTS = {
    "no socket opens, from the import on": (("socket", "connect"), "", "describe()"),
    "no thread starts once it is loaded": (("clone", "clone3"), "describe()", "describe()"),
    "no file opens once it is loaded": (("openat", "open"), "describe()", "describe()"),
    "planted: a socket": (("socket", "connect"), "", "import socket; socket.socket()"),
    "planted: a thread": (("clone", "clone3"), "", "import threading as t; t.Thread(target=print).start()"),
    "planted: a file": (("openat", "open"), "", "open('/etc/hostname')"),
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the calls are this machine's")
@pytest.mark.parametrize("what", ACTS)
def test_by_the_kernel(what: str, model: DescriptorModel, tmp_path: Path):
    calls, before, then = ACTS[what]
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(photo())
    forbidden = ", ".join(str(CALLS[each]) for each in calls)
    # What is only imported on first use must be there before: the zygote sees to that.
    script = f"{FORBID}{MODEL}{before}\nforbid({forbidden})\n{then}\nos._exit(0)"
    ran = subprocess.run(
        [sys.executable, "-c", script, json.dumps(asdict(model)), picture],
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT), "PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )
    ended_by = -signal.SIGSYS if what.startswith("planted") else 0
    assert ran.returncode == ended_by, ran.stderr
