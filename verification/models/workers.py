"""Signs of life of the machine room."""

from django.db import models


class Heartbeat(models.Model):
    """When a worker last ran the sweep: one row a worker, by its host name.

    ``locks`` is what its locked child has shown at its start,
    {"holding": [name, …], "missing": {name: reason}}; None where it has not told.
    """

    name = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField()
    locks = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.name
