"""Handing out an evidentiary copy: never silently."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from claims import custody
from claims.actors import Actor
from claims.models import Evidence, MediaFile
from claims.permissions import Permission, require
from claims.transitions import IllegalMove


@custody.operation()
def hand_out_original(*, actor: Actor, evidence: Evidence) -> MediaFile:
    """The file whose bytes were received, for one download, which the record then shows.

    Raises NotPermitted for anybody who does not review in the case, and IllegalMove for an item
    that is an address alone.
    """
    require(actor, Permission.REVIEW, evidence.case)
    media_file = evidence.media_file
    if media_file is None:
        raise IllegalMove(_("This evidence is an address: there are no bytes."), code="no_file")
    custody.record(actor, "original.handed_out", evidence, case=evidence.case, sha256=media_file.sha256)
    return media_file
