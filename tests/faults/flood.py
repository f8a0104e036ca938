"""Thousands of small submissions, with real ones among them: each is taken or told when to come back."""

from __future__ import annotations

import http.client
import queue
import secrets
import threading
import time
from urllib.parse import urlsplit

import psutil

from tests.faults import canaries
from tests.faults.outcomes import Outcome
from tests.faults.scene import CASE, Scene
from tests.faults.sending import UNANSWERED, Answer, statuses
from tests.volunteering import CODE

NAME = "flood"
LEAST_A_SECOND = 100
CLIENTS = 8
BOUNDARY = "x" * 20
SMALL = "".join(
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    for name, value in {
        "form_token": "{token}",
        "stance": "refutes",
        "consent": "findings",
        "source_url": "https://example.org/1",
    }.items()
)
END = f"--{BOUNDARY}--\r\n"


def run(scene: Scene, *, small: int, real: int, timed: bool) -> Outcome:
    """Send so many small ones, each a link alone, and so many photos, all at once."""
    outcome = scene.outcome(NAME)
    left: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    every = max(1, small // max(1, real))
    for number in range(small):
        left.put(b"")
        if number % every == 0 and number // every < real:
            left.put(scene.picture())
    answers: list[Answer] = []
    start, used = time.monotonic(), processor_seconds(scene)
    threads = [threading.Thread(target=_send_on, args=(scene, left, answers)) for _ in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    acknowledged = sum(each.is_acknowledged for each in answers)
    taken = acknowledged / (time.monotonic() - start)
    used = (processor_seconds(scene) - used) / max(1, acknowledged)
    scene.volunteers.answers += answers
    outcome.further = (
        f"{statuses(answers)}; {taken:.0f} accepted a second, {1000 * used:.0f} ms of processor each"
    )
    unfair = [each.status for each in answers if not each.is_fair]
    outcome.expect(not unfair, f"neither taken nor told when to come back: {unfair[:5]}")
    if timed:
        outcome.expect(taken >= LEAST_A_SECOND, f"{taken:.0f} accepted a second, not {LEAST_A_SECOND}")
    scene.wait_until_checked(900)
    return scene.judged(outcome)


def processor_seconds(scene: Scene) -> float:
    """What the web processes and PostgreSQL have used; it hardly depends on what else the machine does."""
    processes = scene.desk.web_workers()
    if database := scene.desk.database:
        processes += psutil.Process(database.process.pid).children(recursive=True)
    used = [each.cpu_times() for each in processes]
    return sum(each.user + each.system for each in used)


def _send_on(scene: Scene, left: queue.SimpleQueue[bytes], answers: list[Answer]) -> None:
    connection = http.client.HTTPConnection(urlsplit(scene.desk.url).netloc, timeout=90)
    while True:
        try:
            content = left.get_nowait()
        except queue.Empty:
            return
        answers.append(scene.volunteers.sent(content) if content else _send_small(connection))


def _send_small(connection: http.client.HTTPConnection) -> Answer:
    body = (SMALL.replace("{token}", secrets.token_urlsafe(18)) + END).encode()
    headers = canaries.HEADERS | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    for _try in range(2):  # a connection that was idle for long may have been closed: browsers send again
        try:
            connection.request("POST", f"/en/submit/{CASE}/", body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            break
        except OSError:
            connection.close()
    else:
        return Answer(UNANSWERED, "")
    found = CODE.search(text)
    return Answer(response.status, "", found[0] if found else "", response.headers.get("Retry-After", ""))
