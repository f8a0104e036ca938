"""Signs of life of the machine room."""

from django.db import models


class Heartbeat(models.Model):
    """When a worker last ran the sweep: one row a worker, by its host name."""

    name = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
