"""`python manage.py rungw`: serves this project by gw, whose options it takes, and becomes it."""

import os
import signal
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import get_script_prefix

from gw_django.command_line import asks_for_help, split_words, start_words
from gw_django.find_gw import VARIABLE, NotFound, find_gw, script_directories
from gw_django.project import Unfit, read_project

#: The interpreter ignores them, and a program that it becomes would go on doing so, with all that this one starts.
IGNORED = ("SIGPIPE", "SIGXFZ", "SIGXFSZ")


class Command(BaseCommand):
    help = "Serves this project by gw; takes the options of gw start-server."

    words = ()

    def run_from_argv(self, argv):
        for_django, self.words = split_words(argv[2:])
        if asks_for_help(self.words):
            self.print_help(*argv[:2])
        else:
            super().run_from_argv([*argv[:2], *for_django])

    def print_help(self, prog_name, subcommand):
        """gw's own, which knows its options; also for `manage.py help rungw`."""
        try:
            gw = self.find()
            self.stdout.write(f"{prog_name} {subcommand} serves this project, by the options of gw, without APP:\n")
            self.become(gw, ["start-server", "--help"])
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def handle(self, *args, **options):
        try:
            project = read_project(settings, sys.modules, sys.path, get_script_prefix())
        except Unfit as error:
            raise CommandError(error) from error
        words = start_words(project, sys.executable, self.words, os.environ)
        gw = self.find()
        connections.close_all()
        self.become(gw, words)

    def find(self):
        try:
            return find_gw(os.environ, script_directories())
        except NotFound as error:
            raise CommandError(error) from error

    def become(self, gw, words):
        """Executes gw in the place of this process; comes back by an error alone."""
        for name in IGNORED:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
        sys.stdout.flush()
        sys.stderr.flush()
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        try:
            os.execve(gw, [gw, *words], environment)
        except OSError as error:
            raise CommandError(f"{gw} could not be executed: {error.strerror}.") from error
