"""The desk's own settings, and what breaks in its doors and its worker, telling all that it knows.

A defect's exception can hold anything that was at hand when it was raised. Here it holds everything:
the request with its headers and its form, or the sealed name of the file and the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest, StreamingHttpResponse

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.sources.breaking.Breaking"]
MIDDLEWARE = [*MIDDLEWARE, "tests.sources.breaking.break_as_asked"]
BREAK_TASK, BREAK_CHECK = "break-the-task", "break-the-check"


def break_as_asked(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware next to the views: a request that says so breaks, before its answer or within it."""

    def answer(request: HttpRequest) -> Any:
        match request.headers.get("X-Break"):
            case "view":
                raise RuntimeError(_everything(request))
            case "answer":
                return StreamingHttpResponse(_breaking_off(_everything(request)))
        return get_response(request)

    return answer


class Breaking(AppConfig):
    """What breaks in the worker: a task, or a check, by the name of its file."""

    name = "tests.sources.breaking"

    def ready(self) -> None:
        from claims import sealing
        from verification import runner
        from verification.examining import Examination
        from verification.models import CheckRun
        from verification.volunteers import views
        from verification.volunteers.pace import Pace

        # Beyond the desk's own limit a busy machine does not get.
        views.LOOKUPS = Pace(per_second=0.1, burst=20)

        run, result = runner.run, Examination.result

        def broken_run(run_id: Any) -> Any:
            told = _sealed(CheckRun.objects.select_related("evidence").get(pk=run_id).evidence, sealing)
            if any(BREAK_TASK in each for each in told):
                raise RuntimeError(told)
            return run(run_id)

        def broken_result(self: Examination, check: Any) -> Any:
            told = _sealed(self.evidence, sealing)
            if any(BREAK_CHECK in each for each in told):
                raise RuntimeError(told)
            return result(self, check)

        runner.run, Examination.result = broken_run, broken_result  # type: ignore[method-assign]


def _everything(request: HttpRequest) -> str:
    names = [each.given_name for each in request.FILES.getlist("files")]
    return f"{request.META} {request.POST} {names}"


def _breaking_off(told: str) -> Iterator[bytes]:
    yield b"The beginning of an answer"
    raise RuntimeError(told)


def _sealed(evidence: Any, sealing: Any) -> list[str]:
    return [sealing.unseal(part.sealed) for part in evidence.submission.sealed_parts.all()]
