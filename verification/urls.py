"""The investigators' and partners' pages."""

from django.urls import include, path
from django.views.i18n import set_language

from verification.admin import factors, sign_in
from verification.admin.site import site
from verification.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/language/", set_language, name="set_language"),
    path("admin/login/", site.login, name="account_login"),
    path("admin/", include([*sign_in.urlpatterns, *factors.urlpatterns])),
    path("admin/", site.urls),
    path("api/v1/", include("verification.api.urls")),
]
