"""The desk's front page: what waits, what is oldest, what needs a person."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from verification.admin.pages import DeskRequest, page


@page
def front(request: DeskRequest) -> HttpResponse:
    """The front page."""
    return render(request, "admin/desk/front.html")


urlpatterns = [path("", front, name="index")]
