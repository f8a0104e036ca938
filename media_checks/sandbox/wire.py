"""What travels between the client, the zygote and the child, and how much of it.

A request is one message on a Unix socket: JSON, with three open descriptors (the file, the pipe for
the child's answer, the pipe for the zygote's word on how the child ended). An answer is JSON, which
begins with a brace, or a JPEG, which does not.
"""

from __future__ import annotations

import json
import os
import select
import socket
import time
from contextlib import ExitStack
from io import FileIO
from typing import Any

MOST_REQUEST = 256 << 10
MOST_JSON = 128 << 10
MOST_JPEG = 4 << 20
DESCRIPTORS = 3


def most_results(checks: int) -> int:
    """How many bytes the results of so many checks may take."""
    return checks * (MOST_JSON + 1) + 64


def control_sockets() -> tuple[socket.socket, socket.socket]:
    """A pair of connected sockets that keep messages apart, wide enough for the largest request."""
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for each in pair:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MOST_REQUEST)
    return pair


def send(control: socket.socket, values: Any, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message; raises ValueError when it is too large and OSError when nobody is there."""
    message = encoded(values)
    if len(message) > MOST_REQUEST:
        raise ValueError("the request is too large")
    socket.send_fds(control, [message], descriptors)


def is_closed(end: socket.socket | FileIO) -> bool:
    """Whether nobody is at the other end."""
    poll = select.poll()
    poll.register(end, 0)
    return bool(poll.poll(0))


def receive(control: socket.socket) -> tuple[Any, list[int]]:
    """The next message and its descriptors; (None, []) when the other end is closed."""
    message, descriptors, _, _ = socket.recv_fds(control, MOST_REQUEST, DESCRIPTORS)
    return (json.loads(message) if message else None), descriptors


def encoded(values: Any) -> bytes:
    """Compact JSON in ASCII, so that nothing in it depends on an encoding."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).encode("ascii")


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, in as many pieces as the pipe takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def pipe(open_files: ExitStack) -> tuple[FileIO, FileIO]:
    """A pipe as two file objects, whose ``close`` can be repeated without closing another's descriptor."""
    reading, writing = os.pipe()
    return open_files.enter_context(FileIO(reading)), open_files.enter_context(FileIO(writing, "w"))


def read_both(answering: FileIO, ending: FileIO, most: int, seconds: float) -> tuple[bytes, bytes]:
    """What comes out of both pipes until they end, time is up, or the answer is longer than ``most``."""
    answer_comes_on = answering.fileno()
    got = {answer_comes_on: bytearray(), ending.fileno(): bytearray()}
    poll, waiting, deadline = select.poll(), set(got), time.monotonic() + seconds
    for descriptor in got:
        poll.register(descriptor, select.POLLIN)
    while waiting and (left := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000):
            piece = os.read(descriptor, 1 << 16)
            got[descriptor] += piece
            too_long = descriptor == answer_comes_on and len(got[descriptor]) > most
            if not piece or too_long:
                poll.unregister(descriptor)
                waiting.discard(descriptor)
            if too_long:
                answering.close()  # the child fails on its next write and ends
    answer, last_word = got.values()
    return bytes(answer), bytes(last_word)
