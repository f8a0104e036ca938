"""Working copies, made in the locked child: also where that child is lost."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from claims import storage
from media_checks.sandbox import client
from tests.builders import make_case, make_evidence
from tests.media_checks.samples import slow_film
from tests.media_checks.sandbox.processes import eventually, locked_children
from verification import working_copies

pytestmark = pytest.mark.django_db
THUMBNAIL = str(working_copies.THUMBNAIL)


@pytest.mark.parametrize("kills", [1, 2])
def test_a_copy_whose_child_was_lost_is_asked_for_once_more(kills: int, caplog: pytest.LogCaptureFixture):
    media_file = make_evidence(make_case(), content=slow_film(10 + kills)).media_file
    sha256, zygote = media_file.sha256, client._sandbox.process
    with ThreadPoolExecutor(1) as threads:
        made = threads.submit(working_copies._render, media_file, THUMBNAIL, working_copies.THUMBNAIL, 5)
        killed: set[int] = set()
        for _kill in range(kills):
            (child,) = eventually(partial(unharmed, zygote, killed))
            os.kill(child, signal.SIGKILL)
            killed.add(child)
        made.result()
    assert storage.has_working_copy(sha256, THUMBNAIL) is (kills == 1)
    assert ("killed from outside" in caplog.text) is (kills == 2)


def unharmed(zygote: int, killed: set[int]) -> list[int]:
    return [each for each in locked_children(zygote) if each not in killed]
