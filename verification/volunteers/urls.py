"""The volunteers' addresses, each under its language. None ever carries a receipt code."""

from django.urls import path

from verification.volunteers import views

app_name = "volunteers"
urlpatterns = [
    path("", views.doors, name="doors"),
    path("submit/", views.open_cases, name="open_cases"),
    path("submit/<slug:slug>/", views.send, name="send"),
    path("receipt/", views.look, name="look"),
    path("receipt/add/", views.add, name="add"),
]
