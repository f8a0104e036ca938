"""Strict readers of the environment: a wrong value is an error that names its variable.

``NAME_FILE`` is read where ``NAME`` is not set, so that secrets can be mounted as files.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import secrets
from collections.abc import Callable
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from cryptography.x509 import load_pem_x509_certificates
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    """The variable as it stands, or what the file in ``NAME_FILE`` holds."""
    if name in os.environ:
        return os.environ[name].strip()
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return default
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from error


def boolean(name: str, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off."""
    given = text(name).lower()
    if given and given not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} must be true or false, not {given!r}.")
    return given in _YES if given else default


def whole_number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number, at least ``least``."""
    number = _read(name, str(default), int, "a whole number")
    if number < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}.")
    return number


def share(name: str) -> float:
    """A number between 0 and 1, both left out."""
    number = _read(name, "0", float, "a number between 0 and 1")
    if not 0 < number < 1:
        raise ImproperlyConfigured(f"{name} must be a number between 0 and 1.")
    return number


def channels(name: str, default: str, *, above: float = float("-inf")) -> tuple[float, ...]:
    """Three finite numbers, of red, green and blue, each greater than ``above``."""
    three = _read(name, default, _numbers, "three numbers, separated by commas")
    if len(three) != 3 or not all(isfinite(each) and each > above for each in three):
        raise ImproperlyConfigured(f"{name} must be three numbers, of red, green and blue.")
    return three


def file(name: str, *, package: str) -> str:
    """The path of a file that can be read, empty where none is named; the package must be there to use it."""
    given = text(name)
    if given and find_spec(package) is None:
        raise ImproperlyConfigured(f"{name} needs {package}: install requirements-deep.txt.")
    try:
        return str(Path(given).resolve(strict=True)) if given else ""
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error.strerror}.") from error


def sha256(name: str, *, of: str) -> str:
    """The SHA-256 in hex of the file at this path: as given, or no start."""
    try:
        with Path(of).open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be compared with {of}: {error.strerror}.") from error
    if text(name).lower() != found:
        raise ImproperlyConfigured(f"{name} is not the SHA-256 of {of}.")
    return found


def web_address(name: str) -> str:
    """An https:// address without a query, or an http:// one of this machine; empty where none is given."""
    return _read(name, "", _address, "an https:// address without user, query or fragment")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(given: str) -> str:
    parts = urlsplit(given)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    extras = parts.query or parts.fragment or parts.username or parts.password
    if given and (not parts.hostname or not safe or extras or parts.port == 0 or len(given) > 500):
        raise ValueError(given)
    return given


def names(name: str, default: str = "") -> list[str]:
    """A list, separated by commas."""
    return [each.strip() for each in text(name, default).split(",") if each.strip()]


def public_keys(name: str) -> list[str]:
    """Public keys of Ed25519, each as 64 hex digits, separated by commas."""
    keys = names(name)
    for key in keys:
        if not re.fullmatch("[0-9a-f]{64}", key):
            raise ImproperlyConfigured(f"{name} must be public keys of 64 hex digits each, not {key!r}.")
    return keys


def certificates(name: str, *, most: int) -> str:
    """PEM certificates, at most ``most`` characters of them; empty where none are given."""
    given = _read(name, "", _pem, "PEM certificates")
    if len(given) > most:
        raise ImproperlyConfigured(f"{name} must have at most {most} characters.")
    return given


def _numbers(given: str) -> tuple[float, ...]:
    return tuple(float(each) for each in given.split(","))


def _pem(given: str) -> str:
    if given:
        load_pem_x509_certificates(given.encode())
    return given


def folder(name: str, default: Path) -> Path:
    """An absolute folder, given as a path or a file:// address."""
    given = text(name, str(default))
    parts = urlsplit(given)
    if parts.scheme not in ("", "file"):
        raise ImproperlyConfigured(f"{name} must name a folder; {parts.scheme}:// is not supported.")
    return Path(parts.path if parts.scheme else given).expanduser().resolve()


def secret(name: str, keys: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """A secret from the environment, or this desk's own, made at its first start with mode 0600."""
    given = text(name)
    if given:
        return given
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = keys / name.lower()
    fresh = keys / f".{name.lower()}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # Another process of this desk was first: its key is the key.
        finally:
            fresh.unlink()
    return path.read_text().strip()


def key(name: str, keys: Path) -> str:
    """A secret of 32 bytes in URL-safe base64, as Fernet makes them."""
    return _fernet_key(name, secret(name, keys, lambda: Fernet.generate_key().decode()))


def former_keys(name: str) -> list[str]:
    """Keys as ``key`` takes them, separated by commas."""
    return [_fernet_key(name, each) for each in names(name)]


def _fernet_key(name: str, given: str) -> str:
    try:
        Fernet(given.encode())
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in URL-safe base64.") from error
    return given


def _read(name: str, default: str, kind: Callable[[str], T], what: str) -> T:
    given = text(name) or default
    try:
        return kind(given)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be {what}, not {given!r}.") from error
