"""Every address of the desk."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

urlpatterns = [
    path("", include("verification.urls")),
    *i18n_patterns(path("", include("verification.volunteers.urls"))),
]
