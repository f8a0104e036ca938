"""How gunicorn serves the desk: the embedded one and in production alike."""

import gc
import logging
import sys

from django.urls import get_resolver

worker_class = "gthread"
# Threads of one process wait for each other while they answer; many are for whoever sends slowly.
workers = 4
threads = 4
preload_app = True
# A thread that has its answer from the database may hold a case's record: it does not wait the usual
# 5 ms for another of its process that is busy.
SWITCH_INTERVAL_S = 0.0002
timeout = 60
graceful_timeout = 10
control_socket_disable = True

# No line of a log may lead to a source: no access log, and of what goes wrong neither the
# address (a warning of gunicorn's) nor the path of the request.
accesslog = None
loglevel = "error"
logconfig_dict = {
    "formatters": {"plain": {"()": "config.logs.Plain"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"gunicorn.error": {"level": "ERROR", "handlers": ["console"], "propagate": False}},
    "root": {"level": "WARNING", "handlers": ["console"]},
}


def when_ready(_server) -> None:
    """Load every page before the processes are forked: what they do not change, they share."""
    get_resolver().url_patterns  # noqa: B018 (Django reads them when it is first asked for one)
    gc.freeze()  # It stays, and need not be looked through again and again.


def post_worker_init(worker) -> None:
    """Leave request paths out of what a worker says about an error, and set how it runs."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(20_000)  # A page makes more than the usual 700 that are looked through, and keeps none.
    worker.log.error_log.addFilter(_without_path)


def _without_path(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith("Error handling request"):
        record.msg, record.args = "Error handling a request", ()
    return True
