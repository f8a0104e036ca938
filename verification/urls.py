"""The investigators' and partners' pages."""

urlpatterns: list = []
