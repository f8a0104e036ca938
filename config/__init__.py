"""Wiring; nobody imports it."""

from config.celery import app

__all__ = ["app"]
