"""A zygote whose decoders an intruder has taken over: its children do what a file asks for, behind the locks.

It is the real one, but for what it has its children do; and it warms nothing up.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO
from unittest.mock import patch

from media_checks.sandbox import wire, zygote
from tests.media_checks.sandbox import red_team, unlocked


def act(request: Any, stream: BinaryIO) -> bytes:
    """In the child: do what the file says, and answer how it went."""
    wanted = json.load(stream)
    try:
        said = red_team.ACTS[wanted["act"]].do(wanted["given"])
    except (OSError, MemoryError) as refused:
        return wire.encoded({"refused": red_team.name_of(refused)})
    return said if isinstance(said, bytes) else wire.encoded({"did": str(said)})


def main() -> None:
    """Serve as the zygote does."""
    unlocked.leave_out()
    patch.object(zygote, "warm_up", lambda model: None).start()
    patch.object(zygote, "answer", act).start()
    zygote.main()


if __name__ == "__main__":
    main()
