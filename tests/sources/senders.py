"""A sender whose every trace is a canary, on a line of their own to a running desk."""

from __future__ import annotations

import http.client
import random
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.servers import free_port
from tests.sources.canaries import word

BOUNDARY = "x-part-of-the-form"
KINDS = ("address", "forwarded", "agent", "referrer", "language", "cookie", "file name", "contact")


@dataclass(frozen=True)
class Answer:
    """What the desk answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets, by name."""
        lines = self.headers.get_all("Set-Cookie") or []  # type: ignore[attr-defined]
        return dict(line.split(";")[0].split("=", 1) for line in lines)


@dataclass
class Sender:
    """Somebody who sends something in: their address is real, the rest is what their browser tells."""

    url: str
    secure: bool = False
    address: str = field(default_factory=lambda: _address("127."))
    forwarded: str = field(default_factory=lambda: _address("198."))
    words: dict[str, str] = field(default_factory=lambda: {kind: word() for kind in KINDS[2:]})
    jar: dict[str, str] = field(default_factory=dict)

    @property
    def canaries(self) -> dict[str, str]:
        """What must be found nowhere, by its kind."""
        return {"address": self.address, "forwarded": self.forwarded} | self.words

    @property
    def contact(self) -> str:
        return f"{self.words['contact']}@example.org"

    def file_name(self, before: str = "IMG_20161118_093100") -> str:
        """A name of the kind that says a date, so that the checks have reason to read it."""
        return f"{before}_{self.words['file name']}.jpg"

    def headers(self) -> dict[str, str]:
        """What the browser and the proxies on the way tell."""
        by_proxies = ("X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")
        cookies = {"visitor": self.words["cookie"]} | self.jar
        return {
            **dict.fromkeys(by_proxies, self.forwarded),
            "Forwarded": f'for={self.forwarded};proto=http;by="{self.forwarded}"',
            "User-Agent": f"Mozilla/5.0 ({self.words['agent']})",
            "Referer": f"https://{self.words['referrer']}.example/page?of={self.words['referrer']}",
            "Accept-Language": f"tlh-x-{self.words['language']},ar;q=0.5",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        } | ({"X-Forwarded-Proto": "https"} if self.secure else {})

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request from this sender's own address."""
        line = self._line()
        told = self.headers() | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request(method, path, body or None, told)
            answer = line.getresponse()
            return Answer(answer.status, answer.headers, answer.read())  # type: ignore[arg-type]
        except http.client.IncompleteRead as cut:
            return Answer(answer.status, answer.headers, cut.partial)  # type: ignore[arg-type]
        finally:
            line.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page, and keep the cookies that it sets."""
        answer = self.ask("GET", path, **headers)
        self.jar |= answer.cookies
        return answer

    def post(self, path: str, typed: Mapping[str, str], *files: tuple[str, bytes], **headers: str) -> Answer:
        """Send a form with files, each a name and its bytes."""
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", path, form(typed, *files), Content_Type=kind, **headers)

    def say(self, request: bytes) -> bytes:
        """Send bytes as they stand, and read what comes back."""
        where = urlsplit(self.url)
        with socket.create_connection((where.hostname, where.port), 20, (self.address, 0)) as line:
            line.sendall(request)
            return line.recv(1 << 16)

    def begin(
        self, path: str, typed: Mapping[str, str], *files: tuple[str, bytes]
    ) -> http.client.HTTPConnection:
        """Send the first half of a form, and leave the line open."""
        body, line = form(typed, *files), self._line()
        line.putrequest("POST", path)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        for name, value in (
            self.headers() | {"Content-Type": kind, "Content-Length": str(len(body))}
        ).items():
            line.putheader(name, value)
        line.endheaders(body[: len(body) // 2])
        return line

    def _line(self) -> http.client.HTTPConnection:
        where = urlsplit(self.url)
        assert where.hostname
        return http.client.HTTPConnection(where.hostname, where.port, 60, source_address=(self.address, 0))

    @contextmanager
    def way_in(self) -> Iterator[str]:
        """An address on this machine through which a browser comes to the desk from this sender's address."""
        where, port, over = urlsplit(self.url), free_port(), threading.Event()
        with socket.create_server(("127.0.0.1", port)) as listener:

            def listen() -> None:
                with suppress(OSError):
                    while not over.is_set():
                        one, _address = listener.accept()
                        other = socket.create_connection((where.hostname, where.port), 20, (self.address, 0))
                        for ends in ((one, other), (other, one)):
                            threading.Thread(target=_pass_on, args=ends, daemon=True).start()

            threading.Thread(target=listen, daemon=True).start()
            yield f"http://127.0.0.1:{port}"
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


def form(typed: Mapping[str, str], *files: tuple[str, bytes]) -> bytes:
    """A form as a browser sends it."""
    body = b""
    for name, value in typed.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        body += head.encode() + value.encode() + b"\r\n"
    for name, content in files:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        body += f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(1 << 16):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def _address(start: str) -> str:
    return start + ".".join(str(random.randint(20, 250)) for _part in range(3))
