"""Where the media files are: in a folder, or in a bucket of an S3 server."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

SCHEME = "s3"
MOST_AT_ONCE = 5 << 30  # One conditional PUT takes no more: a file in parts could not be written once.


def media_store(data: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of this machine for media, and the bucket in which they are kept; empty where there is none.

    Raises ImproperlyConfigured, which names the variable, for whatever does not fit.
    """
    address = urlsplit(env.text("STORAGE_URL"))
    if address.scheme != SCHEME:
        return env.folder("STORAGE_URL", data / "media"), {}
    if not address.netloc or "@" in address.netloc or address.query or address.fragment:
        raise ImproperlyConfigured("STORAGE_URL must be s3://bucket or s3://bucket/prefix.")
    if find_spec("boto3") is None:
        raise ImproperlyConfigured("STORAGE_URL names a bucket: install requirements-s3.txt.")
    if env.whole_number("MAX_UPLOAD_BYTES", 0) > MOST_AT_ONCE:
        raise ImproperlyConfigured(f"MAX_UPLOAD_BYTES must be at most {MOST_AT_ONCE} with a bucket.")
    prefix = address.path.strip("/")
    return data / "media", {
        "name": address.netloc,
        "prefix": f"{prefix}/" if prefix else "",
        "endpoint_url": env.web_address("S3_ENDPOINT") or None,
        "region_name": env.text("S3_REGION") or None,
        "aws_access_key_id": _needed("S3_ACCESS_KEY_ID"),
        "aws_secret_access_key": _needed("S3_SECRET_ACCESS_KEY"),
    }


def _needed(name: str) -> str:
    given = env.text(name)
    if not given:
        raise ImproperlyConfigured(f"{name} is needed where STORAGE_URL names a bucket.")
    return given
