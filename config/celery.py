"""The Celery application."""

import logging
import os
from pathlib import Path
from typing import Any, Self

import kombu
from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

log = logging.getLogger(__name__)

# A third of the weight of a process that has not been nice: so much slower, a check keeps within its time.
NICENESS = 5


class _Connection(kombu.Connection):
    """Looks every two seconds whether a broker that was away is there again, and not less and less often."""

    def ensure_connection(self, *arguments: Any, **options: Any) -> Self:
        """As kombu's, which waits up to thirty seconds."""
        return super().ensure_connection(*arguments, **({"interval_max": 2} | options))


class _Amqp(AMQP):
    Connection = _Connection


@setup_logging.connect
def _leave_the_log(**_given: Any) -> None:
    """Where somebody listens, Celery leaves the log as the settings have it, in a pool's children too."""


@worker_init.connect
def _give_way(**_given: Any) -> None:
    """Who sends something in, or waits for a page, goes before the checks on a machine that has both."""
    os.nice(NICENESS)
    session = Path("/proc/self/autogroup")  # Linux may weigh whole sessions first.
    try:
        if session.exists():
            session.write_text(str(NICENESS))
    except OSError as error:
        log.warning("Checks may not give way to pages: %s", error.strerror)


app = Celery("corroborate", amqp=_Amqp)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
