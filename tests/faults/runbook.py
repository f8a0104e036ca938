"""docs/backup.md, followed to the letter: its commands, run as they stand."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests import desks, servers, system

PAGE = Path(desks.ROOT) / "docs" / "backup.md"
BACK_UP = {"embedded": "Embedded: back up", "postgres+redis": "Production: back up"}
RESTORE = {"embedded": "Embedded: restore", "postgres+redis": "Production: restore"}
AFTERWARDS = "After a restore"


def commands(heading: str) -> list[str]:
    """The blocks of shell under a heading of the page. Raises LookupError where there is none."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    blocks = re.findall(r"^```sh\n(.*?)^```$", found[1], re.M | re.S) if found else []
    if not blocks:
        raise LookupError(f"{PAGE.name} has no commands under {heading!r}.")
    return blocks


def follow(block: str, desk: desks.Desk, **given: object) -> subprocess.CompletedProcess[str]:
    """Run a block as an operator of this desk would who typed it in; its status is the last command's."""
    told = {name: str(value) for name, value in (variables_of(desk) | given).items()}
    own = {"LD_PRELOAD": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=desks.ROOT,
        env=desk.environment | own | told,
        capture_output=True,
        text=True,
        check=False,
    )


def followed(block: str, desk: desks.Desk, **given: object) -> str:
    """The same, where it must succeed; what it printed. Raises RuntimeError."""
    done = follow(block, desk, **given)
    if done.returncode:
        raise RuntimeError(f"{PAGE.name} does not work:\n{block}\n{done.stdout}{done.stderr}")
    return done.stdout


def variables_of(desk: desks.Desk) -> dict[str, object]:
    """What the page's variables are on this desk."""
    there: dict[str, object] = {
        "DATA_DIR": desk.data_dir,
        "MEDIA": desk.data_dir / "media",
        "KEYS": desk.data_dir / "keys",
    }
    if isinstance(desk.database, servers.Server):
        programs = system.postgresql()
        there |= {"PGHOST": desk.database.url.removeprefix("postgres://postgres@/").removesuffix("/desk")}
        there |= {"PGUSER": "postgres", "PATH": f"{programs}:{desk.environment['PATH']}"}
    return there
