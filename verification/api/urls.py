"""The addresses of the partners' API, version 1."""

from django.urls import path

from verification.api import views

app_name = "api"
urlpatterns = [
    path("verdicts/", views.VerdictList.as_view(), name="verdicts"),
    path("verdicts/changes/", views.ChangeFeed.as_view(), name="changes"),
    path("verdicts/<uuid:id>/", views.VerdictDetail.as_view(), name="verdict"),
    path("verdicts/<uuid:id>/versions/", views.VerdictVersions.as_view(), name="versions"),
    path("custody/heads/", views.HeadFeed.as_view(), name="heads"),
    path("claims/", views.ClaimList.as_view(), name="claims"),
    path("claims/<uuid:id>/", views.ClaimDetail.as_view(), name="claim"),
    path("evidence/<uuid:id>/", views.EvidenceDetail.as_view(), name="evidence"),
    path("schema/", views.schema, name="schema"),
    path("docs/", views.docs, name="docs"),
]
