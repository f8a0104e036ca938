"""A time-stamp authority of the test's own: OpenSSL's ``ts`` behind a small server on this machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.media_checks.signing import stamping

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test authority
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[stamping]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = stamp
[stamp]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/stamping.pem
signer_key = {folder}/stamping.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Where it answers, its root as PEM, and what it was asked."""

    url: str
    root: str
    asked: list[bytes] = field(default_factory=list)


def openssl() -> str | None:
    """The program, where there is one."""
    return shutil.which("openssl")


@contextmanager
def authority() -> Iterator[Authority]:
    """A running authority with keys made for it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make_keys(folder)
        here = Authority("", (folder / "root.pem").read_text())

        def answer_to(query: bytes) -> bytes:
            here.asked.append(query)
            (folder / "query.tsq").write_bytes(query)
            return _run(folder, "ts", "-reply", "-queryfile", "query.tsq", "-config", "openssl.cnf")

        with stamping(answer_to) as address:
            here.url = f"{address}/tsa"
            yield here


def _make_keys(folder: Path) -> None:
    (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ["req", "-config", "openssl.cnf", "-newkey", "rsa:2048", "-nodes"]
    root = ["-keyout", "root.key", "-out", "root.pem", "-x509", "-days", "30", "-extensions", "root"]
    _run(folder, *new, *root)
    _run(folder, *new, "-keyout", "stamping.key", "-out", "stamping.csr", "-subj", "/CN=Stamping")
    sign = ["x509", "-req", "-in", "stamping.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "30"]
    extensions = ["-extfile", "openssl.cnf", "-extensions", "stamping", "-CAcreateserial"]
    _run(folder, *sign, *extensions, "-out", "stamping.pem")


def _run(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run([openssl() or "openssl", *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout
