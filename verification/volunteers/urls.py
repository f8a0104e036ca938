"""The volunteers' addresses."""

urlpatterns: list = []
