"""Acts that speak: to the world, to this machine, to the kernel, on descriptors that were left open."""

from __future__ import annotations

import os
import socket
from typing import Any

from media_checks.sandbox import wire
from tests.media_checks.sandbox.acts import Act, Given

FORGED = b'{"exit": 0, "results": [{"findings": []}]}'


def over_tcp(given: Given) -> int:
    with socket.create_connection(("127.0.0.1", given["tcp"]), timeout=2) as connection:
        return connection.send(b"x")


def over_udp(given: Given) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        return datagrams.sendto(b"x", ("127.0.0.1", given["udp"]))


def by_name(given: Given) -> Any:
    """Resolved, or at least asked for: what resolves it says that it knows no such name."""
    return socket.getaddrinfo("localhost", 80)[0][4]


def to_unix(name: str) -> Act:
    def connect(given: Given) -> int:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(given[name].replace("@", "\0"))
            return connection.send(b"x")

    return Act(connect)


def opened(family: int, kind: int, protocol: int = 0, *, root: bool = False) -> Act:
    return Act(lambda given: socket.socket(family, kind, protocol).close(), root=root)


def listen(given: Given) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()


def on_left_descriptors(given: Given) -> str:
    """A forged word on every descriptor; one takes it in any case, that for its own answer."""
    taken = []
    for each in range(3, 1024):
        try:
            if os.write(each, FORGED):
                taken.append(each)
        except OSError:
            continue
    if len(taken) < 2:
        raise PermissionError(1, "only its own answer")
    return str(taken)


def an_endless_answer(given: Given) -> bytes:
    return b" " * (4 * wire.MOST_JSON)


ACTS = {
    "connect by TCP": Act(over_tcp),
    "send a datagram": Act(over_udp),
    "resolve a name": Act(by_name),
    "connect to a Unix socket": to_unix("unix"),
    "connect to an abstract socket": to_unix("abstract"),
    "open a netlink socket": opened(socket.AF_NETLINK, socket.SOCK_RAW),
    "open a raw socket": opened(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP, root=True),
    "open a packet socket": opened(socket.AF_PACKET, socket.SOCK_RAW, root=True),
    "make a pair of sockets": Act(lambda given: [each.close() for each in socket.socketpair()]),
    "listen on a port": Act(listen),
    "make a pipe": Act(lambda given: [os.close(each) for each in os.pipe()]),
    "speak on descriptors of the zygote": Act(on_left_descriptors, beside=True),
}
