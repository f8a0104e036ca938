"""``manage.py load_demo``: the demo case, safe to run twice."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from verification.demo import loading, people
from verification.demo.waiting import NotSettled
from verification.locks import TooFewLocks


class Command(BaseCommand):
    """Load the demo case, and say where to go and with which names and passwords."""

    help = "Load the demo case; run again, it completes what is missing and changes nothing else."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it. Raises CommandError when the checks do not end in time, or may not be done here."""
        try:
            said = loading.load(self._say)
        except NotSettled as problem:
            raise CommandError(
                f"{problem} Is the worker running? Run load_demo again to complete the demo case."
            ) from problem
        except TooFewLocks as refused:
            raise CommandError(str(refused)) from refused
        self._say_where(said)

    def _say_where(self, said: dict[str, Any]) -> None:
        self._say("The demo case is loaded.")
        self._say(f"Investigators sign in at {said['url']}/admin/:")
        for each in (*said["investigators"], *said["custodians"], said["administrator"]):
            self._say(f"  {each['username']}, password {each['password']}")
        self._say("and then with a code, which is what manage.py demo_code prints.")
        self._say(f"The partner {said['partner']['name']} reads {said['url']}/api/v1/ with the key")
        self._say(f"  {said['partner']['key']}")
        self._say(f"All of this is in {people.credentials_path()}, which only this user can read.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
