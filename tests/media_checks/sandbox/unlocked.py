"""The zygote without the locks that ``LEFT_OUT`` in its environment names: to see what each is for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from media_checks.sandbox import client, locks, seccomp, zygote
from media_checks.sandbox.client import Sandbox

# What is put on by which function, of which module.
LOCKS = {
    "resource_limits": (zygote, "limit_child"),
    "network_namespace": (locks, "_leave_the_network"),
    "no_new_privileges": (locks, "_forbid_new_privileges"),
    "landlock": (locks, "_deny_all_files"),
    "unprivileged_user": (locks, "_become_nobody"),
    "seccomp": (seccomp, "load"),
    "closed_descriptors": (zygote.Server, "_let_go"),
}


@contextmanager
def sandbox(*left_out: str, program: str = __name__) -> Iterator[Sandbox]:
    """A sandbox without these locks."""
    environment = client._ENVIRONMENT | {"LEFT_OUT": ",".join(left_out)}
    with patch.multiple(client, _ENVIRONMENT=environment, _ZYGOTE=program):
        running = Sandbox()
        try:
            yield running
        finally:
            running.stop()


def leave_out() -> None:
    """In the zygote: put a function that does nothing in the place of each that puts on such a lock."""
    for name in filter(None, os.environ.get("LEFT_OUT", "").split(",")):
        patch.object(*LOCKS[name], lambda *given: None).start()


def main() -> None:
    """Serve as the zygote does."""
    leave_out()
    zygote.main()


if __name__ == "__main__":
    main()
