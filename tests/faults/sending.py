"""Volunteers who send files in over HTTP and write down what they were told."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import requests

from claims.receipts import new_form_token
from tests.faults import canaries
from tests.volunteering import CODE

SECONDS = 90  # longer than any answer may take
UNANSWERED = 0


@dataclass(frozen=True)
class Answer:
    """What a sender was told: the status (0 for none), the receipt code, when to come back."""

    status: int
    sha256: str
    code: str = ""
    retry_after: str = ""

    @property
    def is_acknowledged(self) -> bool:
        """Whether the sender may believe that the desk has it."""
        return self.status == 200 and bool(self.code)

    @property
    def is_fair(self) -> bool:
        """Taken, or refused in plain words with the time to come back."""
        return self.is_acknowledged or (self.status == 503 and self.retry_after.isdigit())


@dataclass
class Volunteers:
    """Any number of volunteers at the form of one case; a connection for each thread."""

    url: str
    slug: str
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._own = threading.local()

    def send(self, content: bytes, *, token: str = "", kind: str = "image/jpeg") -> Answer:
        """Send one file, or nothing but a link where there are no bytes, with every canary."""
        answer = self.sent(content, token=token, kind=kind)
        self.answers.append(answer)
        return answer

    def sent(self, content: bytes, *, token: str = "", kind: str = "image/jpeg") -> Answer:
        """The same, for a caller who writes the answer down."""
        given = {
            "form_token": token or new_form_token(),
            "stance": "refutes",
            "consent": "findings",
            "contact": canaries.CONTACT,
            "source_url": "" if content else "https://example.org/1",
        }
        files = {"files": (canaries.FILE_NAME, content, kind)} if content else {"files": ("", b"")}
        return self._answer(given, files, hashlib.sha256(content).hexdigest() if content else "")

    def send_all(self, contents: Iterable[bytes], clients: int = 4) -> list[Answer]:
        """Send them, so many at once; the answers in their order."""
        with ThreadPoolExecutor(clients) as pool:
            return list(pool.map(self.send, contents))

    @property
    def received(self) -> list[tuple[str, str]]:
        """Receipt code and SHA-256 of whatever was acknowledged."""
        return [(each.code, each.sha256) for each in list(self.answers) if each.is_acknowledged]

    def _answer(self, given: dict, files: dict, sha256: str) -> Answer:
        address = f"{self.url}/en/submit/{self.slug}/"
        # A connection of its own: one that is kept may be closed at the moment of sending.
        headers = canaries.HEADERS | {"Connection": "close"}
        try:
            response = self._session().post(
                address, data=given, files=files, headers=headers, timeout=SECONDS
            )
        except requests.RequestException:
            self._own.session = None
            return Answer(UNANSWERED, sha256)
        found = CODE.search(response.text) if response.status_code == 200 else None
        return Answer(
            response.status_code, sha256, found[0] if found else "", response.headers.get("Retry-After", "")
        )

    def _session(self) -> requests.Session:
        if getattr(self._own, "session", None) is None:
            self._own.session = requests.Session()
        return self._own.session


@dataclass
class Stream:
    """Volunteers who send one file after another, with a pause, until they are told to stop, or ``most``."""

    volunteers: Volunteers
    content: Callable[[], bytes]
    clients: int = 3
    pause: float = 0.2
    most: int = 10_000

    def __enter__(self) -> Stream:
        self._stop, self._left = threading.Event(), threading.Semaphore(self.most)
        self._threads = [threading.Thread(target=self._send_on) for _ in range(self.clients)]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for each in self._threads:
            with suppress(RuntimeError):
                each.join()

    def _send_on(self) -> None:
        while not self._stop.is_set() and self._left.acquire(blocking=False):
            self.volunteers.send(self.content())
            self._stop.wait(self.pause)


def statuses(answers: Iterable[Answer]) -> str:
    """How many answers there were of each status, for a person."""
    counted: dict[int, int] = {}
    for each in answers:
        counted[each.status] = counted.get(each.status, 0) + 1
    return ", ".join(f"{number} × {status or 'no answer'}" for status, number in sorted(counted.items()))
