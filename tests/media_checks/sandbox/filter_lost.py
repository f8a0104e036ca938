"""A zygote that can load the filter of system calls, as it tries, and whose children then cannot."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import Mock, patch

from media_checks.sandbox import zygote


def main() -> None:
    """Serve as the zygote does."""
    lost = SimpleNamespace(load=Mock(side_effect=PermissionError(1, "not any more")))
    patch.object(zygote, "warm_up", lambda model: None).start()
    patch.object(zygote, "seccomp", lost).start()
    zygote.main()


if __name__ == "__main__":
    main()
