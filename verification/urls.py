"""The investigators' and partners' pages."""

from django.urls import include, path

from verification.admin.site import site
from verification.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", site.urls),
    path("api/v1/", include("verification.api.urls")),
]
