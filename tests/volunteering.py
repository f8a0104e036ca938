"""A volunteer with a browser that keeps nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from claims.models import Case, Consent
from claims.receipts import new_form_token
from tests.builders import picture

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){3}")


@dataclass
class Volunteer:
    """Somebody with a browser that keeps nothing."""

    case: Case
    language: str = "en"

    def address(self, page: str = "") -> str:
        """The form's address, or another page's."""
        return f"/{self.language}/{page or f'submit/{self.case.slug}/'}"

    def send(self, *files: Any, **typed: Any) -> Any:
        """Fill in the form and send it."""
        given = {"consent": Consent.FINDINGS.value, "stance": "refutes", "form_token": new_form_token()}
        return Client().post(self.address(), given | typed | {"files": list(files)})

    def look(self, code: str) -> Any:
        """Ask what became of a submission."""
        return Client().post(self.address("receipt/"), {"code": code})

    def add(self, code: str, *files: Any, **typed: Any) -> Any:
        """Add more to a submission."""
        given = {"code": code, "stance": "context", "files": list(files)}
        return Client().post(self.address("receipt/add/"), given | typed)


def photo(name: str = "IMG_1.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    """A photo as a browser sends it: another one each time, unless its bytes are given."""
    return SimpleUploadedFile(name, picture() if content is None else content, "image/jpeg")


def code_in(response: Any) -> str:
    """The receipt code on a page."""
    found = CODE.search(response.content.decode())
    assert found, response.content.decode()
    return found[0]
