"""How gunicorn serves the desk: the embedded one and in production alike."""

import gc
import logging

worker_class = "gthread"
workers = 2
threads = 8
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


def post_worker_init(worker) -> None:
    """Leave request paths out of what a worker says about an error, and the code out of what is collected."""
    gc.freeze()  # It stays, and need not be looked through again and again.
    gc.set_threshold(20_000)  # A page makes more than the usual 700 that are looked through, and keeps none.
    worker.log.error_log.addFilter(_without_path)


def _without_path(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith("Error handling request"):
        record.msg, record.args = "Error handling a request", ()
    return True
