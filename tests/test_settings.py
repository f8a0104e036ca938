"""The settings refuse to start where that would be unsafe, and say which variable is to blame."""

import os
import runpy
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests import descriptor_models

SETTINGS = Path(__file__).parent.parent / "config" / "settings.py"
SOUND_KEY = "0" * 64


def settings_with(folder: Path, monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    """The settings as a process with just these variables would have them."""
    for name in list(os.environ):
        if name not in ("PATH", "HOME"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(folder / "var"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


IN_A_BUCKET = {
    "STORAGE_URL": "s3://media/desk/one/",
    "S3_ENDPOINT": "https://objects.example",
    "S3_ACCESS_KEY_ID": "desk",
    "S3_SECRET_ACCESS_KEY": "secret",
}


def test_a_bucket_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_with(tmp_path, monkeypatch, **IN_A_BUCKET)
    assert settings["STORAGE_FOLDER"] == tmp_path / "var" / "media"
    assert settings["STORAGE_BUCKET"] == {
        "name": "media",
        "prefix": "desk/one/",
        "endpoint_url": "https://objects.example",
        "region_name": None,
        "aws_access_key_id": "desk",
        "aws_secret_access_key": "secret",
    }


@pytest.mark.parametrize(
    ("blamed", "variables"),
    [
        ("PUBLIC_URL", {"PUBLIC_URL": "http://desk.example.org"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "ftp://desk.example.org"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "desk.example.org"}),
        ("DEBUG", {"DEBUG": "1", "PUBLIC_URL": "https://desk.example.org"}),
        ("DEBUG", {"DEBUG": "perhaps"}),
        ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "desk.example.org, *"}),
        ("SECRET_KEY", {"SECRET_KEY": "secret"}),
        ("SECRET_KEY_FILE", {"SECRET_KEY_FILE": "/nowhere/secret_key"}),
        ("SEALING_KEY", {"SEALING_KEY": "too short"}),
        ("FORMER_SEALING_KEYS", {"FORMER_SEALING_KEYS": "too short"}),
        ("CUSTODY_KEY", {"CUSTODY_KEY": "dG9vIHNob3J0"}),
        ("FORMER_CUSTODY_KEYS", {"FORMER_CUSTODY_KEYS": "0123, 4567"}),
        ("DATABASE_URL", {"DATABASE_URL": "mysql://desk@localhost/desk"}),
        ("CELERY_BROKER_URL", {"CELERY_BROKER_URL": "memory://"}),
        ("CELERY_BROKER_URL", {"CELERY_BROKER_URL": "amqp://localhost"}),
        ("STORAGE_URL", {"STORAGE_URL": "ftp://host/folder"}),
        ("STORAGE_URL", {"STORAGE_URL": "s3:///no-bucket"}),
        ("STORAGE_URL", {"STORAGE_URL": "s3://key:secret@bucket"}),
        ("STORAGE_URL", {"STORAGE_URL": "s3://bucket?region=x"}),
        ("S3_ACCESS_KEY_ID", {"STORAGE_URL": "s3://bucket"}),
        ("S3_SECRET_ACCESS_KEY", {"STORAGE_URL": "s3://bucket", "S3_ACCESS_KEY_ID": "desk"}),
        ("S3_ENDPOINT", {"STORAGE_URL": "s3://bucket", "S3_ENDPOINT": "http://objects.example"}),
        ("MAX_UPLOAD_BYTES", {**IN_A_BUCKET, "MAX_UPLOAD_BYTES": str(6 << 30)}),
        ("PORT", {"PORT": "http"}),
        ("PORT", {"PORT": "0"}),
        ("SWEEP_SECONDS", {"SWEEP_SECONDS": "0"}),
        ("CHECK_SECONDS", {"CHECK_SECONDS": "1.5"}),
        ("MAX_UPLOAD_BYTES", {"MAX_UPLOAD_BYTES": "-1"}),
        ("MAX_FILES_PER_SUBMISSION", {"MAX_FILES_PER_SUBMISSION": "many"}),
        ("REVIEW_LEASE_MINUTES", {"REVIEW_LEASE_MINUTES": "0"}),
        ("ARCHIVE_CDX_URL", {"ARCHIVE_CDX_URL": "http://archive.example/cdx"}),
        ("ARCHIVE_CDX_URL", {"ARCHIVE_CDX_URL": "ftp://127.0.0.1/cdx"}),
        ("ARCHIVE_CDX_URL", {"ARCHIVE_CDX_URL": "archive.example/cdx"}),
        ("ARCHIVE_CDX_URL", {"ARCHIVE_CDX_URL": "https://me:secret@archive.example/cdx"}),
        ("ARCHIVE_CDX_URL", {"ARCHIVE_CDX_URL": "https://archive.example/cdx?collection=1"}),
        ("ARCHIVE_CDX_URL", {"ARCHIVE_CDX_URL": "https://archive.example:99999/cdx"}),
        ("ARCHIVE_SECONDS", {"ARCHIVE_SECONDS": "0"}),
        ("TIME_STAMP_URL", {"TIME_STAMP_URL": "http://authority.example/tsa"}),
        ("TIME_STAMP_ROOTS", {"TIME_STAMP_URL": "https://authority.example/tsa"}),
        ("TIME_STAMP_ROOTS", {"TIME_STAMP_ROOTS": "/etc/root.pem"}),
        ("C2PA_TRUST_ANCHORS", {"C2PA_TRUST_ANCHORS": "/etc/anchors.pem"}),
        ("DESCRIPTOR_MODEL", {"DESCRIPTOR_MODEL": "/nowhere/model.onnx"}),
        ("DESCRIPTOR_MODEL", {"DESCRIPTOR_SHA256": "0" * 64}),
    ],
)
def test_an_unsafe_or_wrong_setting_refuses_to_start_by_name(
    blamed: str, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{blamed}\b"):
        settings_with(tmp_path, monkeypatch, **variables)


@pytest.mark.parametrize(
    ("blamed", "wrong"),
    [
        ("DESCRIPTOR_SHA256", "0" * 64),
        ("DESCRIPTOR_SHA256", ""),
        ("DESCRIPTOR_SIDE", ""),
        ("DESCRIPTOR_SIDE", "large"),
        ("DESCRIPTOR_DIMENSION", "0"),
        ("DESCRIPTOR_THRESHOLD", ""),
        ("DESCRIPTOR_THRESHOLD", "1"),
        ("DESCRIPTOR_THRESHOLD", "nan"),
        ("DESCRIPTOR_THRESHOLD", "half"),
        ("DESCRIPTOR_MEAN", "0.5"),
        ("DESCRIPTOR_MEAN", "0.5, 0.5, inf"),
        ("DESCRIPTOR_STD", "0.2, 0, 0.2"),
    ],
)
def test_a_descriptor_model_is_named_in_full_or_there_is_no_start(
    blamed: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = descriptor_models.named(tmp_path)
    with pytest.raises(ImproperlyConfigured, match=rf"^{blamed}\b"):
        settings_with(tmp_path, monkeypatch, **descriptor_models.variables(model) | {blamed: wrong})


def test_a_descriptor_model_named_in_full_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = descriptor_models.named(tmp_path)
    told = descriptor_models.variables(model)
    assert settings_with(tmp_path, monkeypatch, **told)["DESCRIPTOR_MODEL"] == model
    own = settings_with(tmp_path, monkeypatch, **told, DESCRIPTOR_MEAN="0.5,0.5,0.5", DESCRIPTOR_STD="1,1,1")
    assert own["DESCRIPTOR_MODEL"] == replace(model, mean=(0.5, 0.5, 0.5), std=(1.0, 1.0, 1.0))


def test_without_what_runs_a_model_none_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that finds the base install alone."""
    script = (
        "import sys, importlib.machinery as machinery\n"
        "found = machinery.PathFinder.find_spec\n"
        "def without(name, *where):\n"
        "    return None if name == 'onnxruntime' else found(name, *where)\n"
        "machinery.PathFinder.find_spec = staticmethod(without)\n"
        "import config.settings\n"
    )
    told = descriptor_models.variables(descriptor_models.named(tmp_path)) | {
        "DATA_DIR": str(tmp_path / "var")
    }
    command = [sys.executable, "-c", script]
    ran = subprocess.run(
        command, cwd=SETTINGS.parents[1], env=os.environ | told, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "ImproperlyConfigured: DESCRIPTOR_MODEL needs onnxruntime" in ran.stderr
    del told["DESCRIPTOR_MODEL"], told["DESCRIPTOR_SHA256"]
    again = subprocess.run(command, cwd=SETTINGS.parents[1], env=os.environ | told, check=False)
    assert again.returncode == 0


@pytest.mark.parametrize(
    "program",
    [
        ("manage.py", "migrate", "--check"),
        ("manage.py", "up", "--no-demo"),
        ("-m", "celery", "-A", "config", "worker", "--pool", "solo"),
    ],
    ids=lambda program: program[-2],
)
def test_a_model_that_does_not_give_what_is_said_stops_whatever_would_need_it(
    program: tuple[str, ...], tmp_path: Path
) -> None:
    told = descriptor_models.variables(descriptor_models.named(tmp_path))
    told |= {"DESCRIPTOR_DIMENSION": "512", "DATA_DIR": str(tmp_path / "var")}
    ran = subprocess.run(
        [sys.executable, *program],
        cwd=SETTINGS.parents[1],
        env=os.environ | told | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0
    assert "DESCRIPTOR_DIMENSION is 512, but the model gives 96 numbers" in ran.stderr


def test_with_no_variable_at_all_the_desk_is_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_with(tmp_path, monkeypatch)
    assert settings["DEBUG"] is False
    assert settings["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert settings["ARCHIVE_CDX_URL"] == ""
    assert settings["DESCRIPTOR_MODEL"] is None
    assert "*" not in settings["ALLOWED_HOSTS"]
    assert settings["SESSION_COOKIE_SAMESITE"] == "Strict"
    assert "'unsafe-inline'" not in str(settings["CONTENT_SECURITY_POLICY"])


def test_a_desk_makes_its_own_keys_once_and_keeps_them_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = settings_with(tmp_path, monkeypatch)
    again = settings_with(tmp_path, monkeypatch)
    elsewhere = settings_with(tmp_path / "elsewhere", monkeypatch)
    for name in ("SECRET_KEY", "SEALING_KEY", "CUSTODY_KEY"):
        assert first[name] == again[name] != elsewhere[name]
    for key in (tmp_path / "var" / "keys").iterdir():
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_a_secret_can_be_mounted_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret_key").write_text(f"{SOUND_KEY}\n")
    settings = settings_with(tmp_path, monkeypatch, SECRET_KEY_FILE=str(tmp_path / "secret_key"))
    assert settings["SECRET_KEY"] == SOUND_KEY


@pytest.mark.parametrize(
    "address", ["https://archive.example/cdx/search/cdx", "http://127.0.0.1:8080/desk/cdx"]
)
def test_an_archive_is_asked_over_tls_or_on_this_machine(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_with(tmp_path, monkeypatch, ARCHIVE_CDX_URL=address)["ARCHIVE_CDX_URL"] == address


def test_over_https_every_cookie_is_bound_to_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with(tmp_path, monkeypatch, PUBLIC_URL="https://desk.example.org")
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert settings["CSRF_COOKIE_NAME"].startswith("__Host-")
    for name in ("LANGUAGE_COOKIE_NAME", "KNOWN_BROWSER_COOKIE_NAME"):
        assert settings[name].startswith("__Secure-")
    assert all(settings[f"{each}_COOKIE_SECURE"] for each in ("SESSION", "CSRF", "LANGUAGE"))
    assert settings["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_three_variables_turn_the_embedded_desk_into_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = settings_with(tmp_path, monkeypatch)
    production = settings_with(
        tmp_path,
        monkeypatch,
        DATABASE_URL="postgres://desk@database/desk",
        CELERY_BROKER_URL="redis://broker/0",
        STORAGE_URL=str(tmp_path / "store"),
    )
    assert embedded["DATABASES"]["default"]["ENGINE"].endswith("sqlite3")
    assert production["DATABASES"]["default"]["ENGINE"].endswith("postgresql")
    assert production["CELERY_BROKER_URL"] == "redis://broker/0"
    assert production["STORAGE_FOLDER"] == tmp_path / "store"
    same = {"INSTALLED_APPS", "MIDDLEWARE", "CONTENT_SECURITY_POLICY", "CELERY_BEAT_SCHEDULE", "TEMPLATES"}
    assert all(embedded[name] == production[name] for name in same)


def test_what_an_address_asks_of_postgresql_stands_beside_what_the_desk_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "?connect_timeout=9&server_side_binding=false&options=-c%20search_path%3Ddesk"
    url = f"postgres://desk@database/desk{asked}"
    options = settings_with(tmp_path, monkeypatch, DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options["connect_timeout"] == 9
    assert options["server_side_binding"] is not True, "Django prepares only where it is"
    assert options["options"] == "-c plan_cache_mode=force_custom_plan -c search_path=desk"
