"""What the tests need of the machine beside Python: found, or installed where we may, or named."""

from __future__ import annotations

import ctypes.util
import glob
import os
import shutil
import subprocess
from pathlib import Path


def chromium() -> str | None:
    """The system's browser."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def postgresql() -> Path | None:
    """The folder of PostgreSQL's programs: Debian's newest, or where the PATH leads."""
    found = shutil.which("initdb")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda each: int(each.split("/")[4]))
    return Path(folders[-1]) if folders else Path(found).resolve().parent if found else None


def redis_server() -> str | None:
    """The Redis server."""
    return shutil.which("redis-server")


def compiler() -> str | None:
    """A C compiler, for the library that hurts a running desk."""
    return shutil.which("gcc")


def sqlite_shell() -> str | None:
    """SQLite's shell, with which docs/backup.md copies the embedded database."""
    return shutil.which("sqlite3")


def arabic_typeface() -> str | None:
    """One of the files that the system's browser can set Arabic with."""
    names = ("NotoNaskhArabic-Regular", "NotoSansArabic-Regular", "NotoKufiArabic-Regular", "DejaVuSans")
    found = (glob.glob(f"/usr/share/fonts/**/{name}.?tf", recursive=True) for name in names)
    return next((paths[0] for paths in found if paths), None)


def libseccomp() -> str | None:
    """The library whose numbers of system calls the filter's are held against."""
    return ctypes.util.find_library("seccomp")


NEEDED = {
    "chromium": chromium,
    "postgresql": postgresql,
    "redis-server": redis_server,
    "fonts-noto-core": arabic_typeface,
    "libseccomp2": libseccomp,
    "build-essential": compiler,
    "sqlite3": sqlite_shell,
}


def missing() -> list[str]:
    """What is not here, by the names of Debian's packages."""
    return [package for package, find in NEEDED.items() if not find()]


def prepare() -> list[str]:
    """Install what is missing where we may (root on Debian); returns what is missing still."""
    packages = missing()
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing what the tests need: {' '.join(packages)}", flush=True)
        quietly = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "-qq", *command], env=os.environ | quietly, check=False)
    return missing()
