"""Buckets on a real S3 server, as an operator of the server sees them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import boto3

from tests.servers import Server

PREFIX = "desk/"
_number = itertools.count(1)


@dataclass
class Bucket:
    """A bucket, and what the desk's settings say of it."""

    client: Any
    settings: dict[str, Any]

    @property
    def name(self) -> str:
        """What the bucket is called."""
        return self.settings["name"]

    def names(self) -> list[str]:
        """Every object in it, by its whole name."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return sorted(each["Key"] for each in found)

    def read(self, name: str) -> bytes:
        """The bytes of an object."""
        return self.client.get_object(Bucket=self.name, Key=name)["Body"].read()

    def write(self, name: str, content: bytes) -> None:
        """What somebody with power over the bucket can do."""
        self.client.put_object(Bucket=self.name, Key=name, Body=content)


def make(server: Server, endpoint: str = "") -> Bucket:
    """An empty bucket; ``endpoint`` is where the desk finds it, if not at the server itself."""
    access = {
        "region_name": "us-east-1",
        "aws_access_key_id": "desk",
        "aws_secret_access_key": "not-a-secret",
    }
    client = boto3.session.Session().client("s3", endpoint_url=server.url, **access)
    name = f"media-{next(_number)}"
    client.create_bucket(Bucket=name)
    told = {"name": name, "prefix": PREFIX, "endpoint_url": endpoint or server.url, **access}
    return Bucket(client, told)
