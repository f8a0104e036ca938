"""Django's own command, which also collects the sentences of the checks' findings.

The checks know nothing of Django and mark no sentence: each is the third argument of its Code.
"""

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# Partners read English.
LEFT_OUT = ["tests", "verification/api", "verification/templates/api"]


class Command(makemessages.Command):
    """Collect every sentence that people at the desk or at the volunteers' form can read."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=Code:3"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--sort-output", "--no-fuzzy-matching"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(add_location="file", ignore_patterns=LEFT_OUT)
