"""What holds a locked process, and what it cannot do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from media_checks.registry import check
from media_checks.sandbox.client import Sandbox

METADATA, HASH = check("metadata"), check("perceptual_hash")
PROJECT = Path(__file__).resolve().parents[3]


def test_the_layers_that_hold_are_named(sandbox: Sandbox):
    assert "resource_limits" in sandbox.layers
    assert "no_new_privileges" in sandbox.layers


FORBIDDEN = {
    "read a file": ("landlock", "open('/etc/hostname').read()"),
    "write a file": ("landlock", "open('/tmp/planted', 'w')"),
    "list a folder": ("landlock", "os.listdir('/')"),
    "run a program": ("landlock", "os.execv('/bin/sh', ['sh', '-c', 'exit 0'])"),
    "reach the machine itself": ("network_namespace", "socket.socket().connect(('127.0.0.1', PORT))"),
    "reach the world": ("network_namespace", "socket.socket().connect(('192.0.2.1', 80))"),
}


@pytest.mark.parametrize("act", FORBIDDEN)
def test_a_locked_process_cannot(act: str):
    layer, code = FORBIDDEN[act]
    script = (
        "import os, socket\n"
        "from media_checks.sandbox.locks import lock_zygote\n"
        "server = socket.create_server(('127.0.0.1', 0)); PORT = server.getsockname()[1]\n"
        "layers = lock_zygote()\n"
        f"if {layer!r} not in layers: print('no such layer here'); os._exit(0)\n"
        f"try: {code}\n"
        "except OSError as error: print('blocked')\n"
        "else: print('done')\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT)

    if "no such layer here" in ran.stdout:
        pytest.skip(f"this machine does not allow {layer}")
    assert ran.stdout == "blocked\n", ran.stderr
