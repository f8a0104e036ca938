"""The investigators' and partners' pages."""

from django.urls import include, path
from django.views.i18n import set_language

from verification.admin.site import site
from verification.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/language/", set_language, name="set_language"),
    path("admin/", site.urls),
    path("api/v1/", include("verification.api.urls")),
]
