"""The filter of system calls: its numbers, what it answers on each machine, and that it holds."""

from __future__ import annotations

import ctypes
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from media_checks.context import Context
from media_checks.files import media_of
from media_checks.registry import check
from media_checks.sandbox import seccomp
from media_checks.sandbox.client import DidNotRun, Sandbox
from media_checks.sandbox.seccomp import ALLOW, KILL, MACHINES, REFUSE, calls
from media_checks.sandbox.work import greyed
from tests import system
from tests.media_checks.samples import photo, saved
from tests.media_checks.sandbox import unlocked
from tests.media_checks.sandbox.asking import examined

METADATA = check("metadata")
PROJECT = Path(__file__).resolve().parents[3]
LISTS = {
    "allowed": seccomp._ALLOWED,
    "allowed without new machine code": seccomp._MAPPING,
    "allowed to read": seccomp._LIMITS,
    "allowed to itself": seccomp._SIGNAL,
    "tell-tales": seccomp._TELL_TALES,
}
PROCESS = 4711


def answer(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the kernel's BPF machine makes of the filter for a call (<linux/filter.h>)."""
    instructions = seccomp.program(MACHINES[machine], PROCESS)
    kind = MACHINES[machine].audit if audit is None else audit
    call = struct.pack("<IIQ6Q", number, kind, 0, *(arguments + (0,) * 6)[:6])
    at, held = 0, 0
    while True:
        code, if_so, if_not, value = struct.unpack_from("<HBBI", instructions, 8 * at)
        at += 1
        match code:
            case 0x06:
                return value
            case 0x20:
                (held,) = struct.unpack_from("<I", call, value)
            case 0x15:
                at += if_so if held == value else if_not
            case 0x35:
                at += if_so if held >= value else if_not
            case 0x45:
                at += if_so if held & value else if_not
            case _:
                raise AssertionError(f"an instruction that is not known here: {code:#x}")


def numbers(name: str, machine: str) -> dict[str, int]:
    return calls(LISTS[name], MACHINES[machine])


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_is_that_of_libseccomp(machine: str):
    path = system.libseccomp()
    if path is None:
        pytest.skip("libseccomp is not on this machine.")
    number_of = ctypes.CDLL(path).seccomp_syscall_resolve_name_arch
    number_of.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    listed = {name: number for each in LISTS for name, number in numbers(each, machine).items()}
    assert listed == {name: number_of(MACHINES[machine].audit, name.encode()) for name in listed}


@pytest.mark.parametrize("machine", MACHINES)
def test_no_call_is_in_two_lists(machine: str):
    listed = [number for each in LISTS for number in numbers(each, machine).values()]
    assert len(listed) == len(set(listed)) > 80


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_is_allowed_refused_or_ends_the_child(machine: str):
    expected = dict.fromkeys(numbers("allowed", machine).values(), ALLOW)
    expected |= dict.fromkeys(numbers("tell-tales", machine).values(), KILL)
    for each in ("allowed without new machine code", "allowed to read"):
        expected |= dict.fromkeys(numbers(each, machine).values(), ALLOW)
    for number in range(1024):
        assert answer(machine, number) == expected.get(number, REFUSE), number


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_allowed_can_be_told_by_its_arguments(machine: str):
    for number in numbers("allowed without new machine code", machine).values():
        assert answer(machine, number, 0, 4096, 3) == ALLOW
        assert answer(machine, number, 0, 4096, 7) == answer(machine, number, 0, 4096, 4) == REFUSE
    limits = numbers("allowed to read", machine)["prlimit64"]
    assert answer(machine, limits, 0, 7, 0, 1 << 40) == ALLOW
    assert answer(machine, limits, 0, 7, 1 << 12) == answer(machine, limits, 0, 7, 1 << 40) == REFUSE
    assert answer(machine, limits, PROCESS, 7) == REFUSE
    signals = numbers("allowed to itself", machine)["tgkill"]
    assert answer(machine, signals, PROCESS, PROCESS, 6) == ALLOW
    assert answer(machine, signals, PROCESS + 1, PROCESS + 1, 6) == REFUSE


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_end_the_child_whatever_their_number(machine: str):
    others = {each.audit for each in MACHINES.values()} - {MACHINES[machine].audit} | {0x40000003, 0x40000028}
    for number in (*numbers("allowed", machine).values(), 1023):
        assert {answer(machine, number, audit=other) for other in others} == {KILL}


def test_calls_of_x32_end_the_child():
    assert all(answer("x86_64", 0x40000000 | number) == KILL for number in range(1024))


def ended_by(act: str, *, filtered: bool = True) -> int:
    """How a process ends that loads the filter and then does this."""
    script = (
        "import ctypes, mmap, os, sys\n"
        "from media_checks.sandbox import locks, seccomp\n"
        "libc = ctypes.CDLL(None)\n"
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes.fromhex('53 b814000000 31db cd80 5b c3'))\n"  # getpid of 32 bits, by int 0x80
        "old = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))\n"
        "locks._forbid_new_privileges()\n"
        f"if {filtered}: seccomp.load()\n"
        f"{act}\n"
        "os._exit(0)\n"
    )
    return subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True).returncode


@pytest.mark.skipif(seccomp.platform.machine() != "x86_64", reason="tables of x86_64")
@pytest.mark.parametrize("act", ["old()", "libc.syscall(0x40000000 | 39)"])
def test_the_other_tables_of_this_machine_are_closed(act: str):
    assert ended_by(act) == -signal.SIGSYS
    assert ended_by(act, filtered=False) in (0, -signal.SIGSEGV)  # where the kernel has no such table


@pytest.mark.parametrize(
    ("act", "ending"),
    [
        ("os.abort()", -signal.SIGABRT),
        ("os.execv(sys.executable, ['python'])", -signal.SIGSYS),
        ("os.stat('/')", 1),
        ("os.getpid()", 0),
    ],
)
def test_a_filtered_process_ends(act: str, ending: int):
    """A decoder that gives itself up still ends as one that crashed."""
    assert ended_by(act) == ending


def test_a_child_that_cannot_load_its_filter_does_not_look_at_the_file(file):
    """Though the zygote could: what was promised holds, or there is no answer."""
    with (
        unlocked.sandbox(program="tests.media_checks.sandbox.filter_lost") as sandbox,
        pytest.raises(DidNotRun, match="ended without an answer"),
    ):
        examined(sandbox, METADATA, file(photo()), Context())


@pytest.mark.parametrize("name", ["assets__examples__iphone_7.heic", "heic__cheers_1440x960.heic"])
def test_heif_is_decoded_without_a_thread_as_with_one(sandbox: Sandbox, media_folder: Path, name: str):
    """libde265 and libheif start some unless they are kept from it, and the filter lets none start."""
    (picture,) = (media_folder / "media").rglob(name)
    with picture.open("rb") as stream:
        outside = greyed(media_of(stream, picture.stat().st_size), None)
    assert sandbox.grey(picture).as_json() == outside.as_json()


def test_a_picture_whose_colours_need_a_profile_is_read(sandbox: Sandbox, file):
    """Pillow imports its colour management when it first meets one; a locked child can import nothing."""
    assert sandbox.render(file(saved(Image.new("LAB", (64, 48)), "TIFF")), 64).startswith(b"\xff\xd8")
