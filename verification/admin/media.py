"""Pictures for screens, and originals on the record."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import FileResponse, Http404
from django.urls import path

from claims import storage
from claims.models import Evidence
from verification import operations
from verification.admin.pages import DeskRequest, page, verb, visible

# Neutral names: by the kind of bytes, never by what a sender called them.
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "image/heif": "heif",
    "image/heic": "heic",
    "image/avif": "avif",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
}
# The longest side in pixels and, for a video, the number of the frame.
NAME = re.compile(r"[0-9]{1,5}(-[0-9]{1,3})?")
SANDBOX = "sandbox; default-src 'none'"


@page
def working_copy(request: DeskRequest, pk: UUID, name: str) -> FileResponse:
    """A working copy of evidence that the actor may see; 404 where there is none."""
    evidence = visible(Evidence, request, pk)
    if not evidence.media_file_id or not NAME.fullmatch(name):
        raise Http404
    try:
        copy = storage.opened_working_copy(evidence.media_file_id, name)
    except FileNotFoundError as missing:
        raise Http404 from missing
    return _guarded(FileResponse(copy, content_type="image/jpeg"))


@verb(Evidence)
def original(request: DeskRequest, evidence: Evidence) -> FileResponse:
    """The received bytes, as an attachment with a neutral name. The record shows who took them."""
    file = operations.hand_out_original(actor=request.actor, evidence=evidence)
    content = storage.opened(file.sha256)
    name = f"{file.sha256[:12]}.{EXTENSIONS.get(file.media_type, 'bin')}"
    response = FileResponse(
        content, as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    response["Content-Length"] = file.size
    return _guarded(response)


def _guarded(response: FileResponse) -> FileResponse:
    """A file of strangers may do nothing in a browser, not even as a page of its own."""
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("media/<uuid:pk>/<str:name>.jpg", working_copy, name="media"),
    path("evidence/<uuid:pk>/original/", original, name="original"),
]
