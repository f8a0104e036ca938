"""The learned model that describes photos, where the operator names one."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from config import env
from media_checks.context import DescriptorModel


def descriptor_model() -> DescriptorModel | None:
    """The model that the environment names, or None; what it is fed must be as it was trained.

    Raises ImproperlyConfigured, which names the variable, for whatever does not fit.
    """
    path = env.file("DESCRIPTOR_MODEL", package="onnxruntime")
    if not path:
        if env.text("DESCRIPTOR_SHA256"):
            raise ImproperlyConfigured(
                "DESCRIPTOR_MODEL must name the file whose DESCRIPTOR_SHA256 is given."
            )
        return None
    return DescriptorModel(
        path=path,
        sha256=env.sha256("DESCRIPTOR_SHA256", of=path),
        side=env.whole_number("DESCRIPTOR_SIDE", 0, least=16),
        dimension=env.whole_number("DESCRIPTOR_DIMENSION", 0, least=8),
        threshold=env.share("DESCRIPTOR_THRESHOLD"),
        mean=env.channels("DESCRIPTOR_MEAN", "0.485, 0.456, 0.406"),
        std=env.channels("DESCRIPTOR_STD", "0.229, 0.224, 0.225", above=0),
    )
