"""What holds a locked process, and what it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from media_checks.registry import check
from media_checks.sandbox.client import Layers, Sandbox

METADATA, HASH = check("metadata"), check("perceptual_hash")
PROJECT = Path(__file__).resolve().parents[3]


ALL = (
    "resource_limits",
    "network_namespace",
    "no_new_privileges",
    "landlock",
    "unprivileged_user",
    "seccomp",
)


def test_a_child_shows_each_layer_or_says_why_it_is_missing(sandbox: Sandbox):
    layers = sandbox.layers()
    assert {"resource_limits", "no_new_privileges", "unprivileged_user"} <= set(layers.holding)
    assert sorted([*layers.holding, *layers.missing]) == sorted(ALL)
    assert all(layers.missing.values())


@pytest.mark.parametrize("layer", ALL)
def test_a_layer_that_was_not_put_on_is_not_believed(layer: str):
    """It is left out of a real child, which nevertheless believes that it has it."""
    script = (
        "import json, os\n"
        "from media_checks.sandbox import locks, proofs, seccomp\n"
        "LEFT_OUT = {'network_namespace': '_leave_the_network', 'landlock': '_deny_all_files',\n"
        "    'no_new_privileges': '_forbid_new_privileges', 'unprivileged_user': '_become_nobody'}\n"
        f"layer, user = {layer!r}, os.getuid()\n"
        "if layer == 'seccomp': seccomp.load = lambda: None\n"
        "if layer in LEFT_OUT: setattr(locks, LEFT_OUT[layer], lambda: None)\n"
        "refusals = locks.lock_zygote()\n"
        "if layer != 'resource_limits': locks.limit_child(locks.Limits())\n"
        "print(json.dumps([user, proofs.shown(locks.Limits(), refusals)]))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT)
    assert ran.stdout, ran.stderr
    user, shown = json.loads(ran.stdout)
    nothing_to_give_up = layer == "unprivileged_user" and user != 0
    assert shown[layer] == ("" if nothing_to_give_up else "it is put on and forbids nothing")


@pytest.mark.parametrize(
    ("holding", "lacking"),
    [
        (ALL, ""),
        (("resource_limits", "landlock", "seccomp"), ""),
        (("resource_limits", "network_namespace", "seccomp"), ""),
        (("landlock", "network_namespace", "seccomp"), "resource_limits"),
        (("resource_limits", "landlock"), "seccomp"),
        (("resource_limits", "no_new_privileges"), "(landlock or network_namespace) and seccomp"),
        ((), "resource_limits and (landlock or network_namespace) and seccomp"),
    ],
)
def test_what_production_needs_is_named(holding: tuple[str, ...], lacking: str):
    assert Layers(holding, {}).lacking == lacking


def check_in(environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "sandbox_check"]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment)


def test_the_command_prints_a_line_a_layer(sandbox: Sandbox):
    ran, layers = check_in(), sandbox.layers()
    lines = ran.stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("holds ")] == list(layers.holding)
    missing = [line.split()[1].rstrip(":") for line in lines if line.startswith("missing ")]
    assert missing == list(layers.missing)
    assert ran.returncode == (1 if layers.lacking else 0), ran.stderr


def test_the_command_fails_where_fewer_hold_than_production_needs(monkeypatch):
    fewer = Layers(("resource_limits",), {"landlock": "this kernel has no Landlock"})
    monkeypatch.setattr("media_checks.sandbox.client.layers", lambda: fewer)
    told = StringIO()
    with pytest.raises(CommandError, match=r"needs \(landlock or network_namespace\) and seccomp too"):
        call_command("sandbox_check", stdout=told)
    assert "missing  landlock: this kernel has no Landlock\n" in told.getvalue()


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
        "refusals = lock_zygote()\n"
        f"if refusals[{layer!r}]: print('no such layer here'); os._exit(0)\n"
        f"try: {code}\n"
        "except OSError as error: print('blocked')\n"
        "else: print('done')\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT)

    if "no such layer here" in ran.stdout:
        pytest.skip(f"this machine does not allow {layer}")
    assert ran.stdout == "blocked\n", ran.stderr
