"""The package for Django, but for the command itself: what gw is told of a project, and where it is found."""

import os
import subprocess
import sys
import tempfile
import unittest
from types import SimpleNamespace

sys.dont_write_bytecode = True
PACKAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python")
sys.path.insert(0, PACKAGES)

from gw_django.command_line import asks_for_help, split_words, start_words
from gw_django.find_gw import NotFound, find_gw, script_directories
from gw_django.project import Project, Unfit, interpreter_directories, read_project


class Projects(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.base = os.path.realpath(place.name)
        self.modules = {}

    def directory(self, *names):
        path = os.path.join(self.base, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def settings(self, **named):
        return SimpleNamespace(**{"WSGI_APPLICATION": "mysite.wsgi.application", "BASE_DIR": self.base, **named})

    def read(self, path=(), prefix="/", **named):
        return read_project(self.settings(**named), self.modules, path, prefix)

    def refused(self, **named):
        with self.assertRaises(Unfit) as caught:
            self.read(**named)
        return str(caught.exception)


class Application(Projects):
    def test_module_and_callable(self):
        self.assertEqual(self.read().application, "mysite.wsgi:application")
        self.assertEqual(self.read(WSGI_APPLICATION="a.b.c.d").application, "a.b.c:d")

    def test_unfit(self):
        self.assertIn("WSGI_APPLICATION is not set", self.refused(WSGI_APPLICATION=None))
        self.assertIn('WSGI_APPLICATION is "application"', self.refused(WSGI_APPLICATION="application"))


class Directory(Projects):
    def test_base_dir(self):
        class Path:
            def __str__(path):
                return self.base

        for said in (self.base, Path(), self.base + "/"):
            self.assertEqual(self.read(BASE_DIR=said).directory, self.base)
        self.assertIn(f'BASE_DIR "{self.base}/no" is no directory', self.refused(BASE_DIR=self.base + "/no"))

    def test_without_base_dir_it_is_where_the_settings_are_imported_from(self):
        for name, file in (
            ("settings", "settings.py"),
            ("mysite.settings", "mysite/settings.py"),
            ("config.settings.live", "config/settings/live.py"),
            ("config.settings", "config/settings/__init__.py"),
        ):
            self.modules = {name: SimpleNamespace(__file__=os.path.join(self.base, file))}
            self.assertEqual(self.read(BASE_DIR=None, SETTINGS_MODULE=name).directory, self.base)

    def test_settings_that_are_in_no_module(self):
        self.assertIn("BASE_DIR is not set", self.refused(BASE_DIR=None))
        self.assertIn("BASE_DIR is not set", self.refused(BASE_DIR=None, SETTINGS_MODULE="elsewhere"))


class Static(Projects):
    def test_url_and_root(self):
        root = self.directory("collected")
        for url, prefix, expected in (
            ("/static/", "/", "/static"),
            ("/static", "/", "/static"),
            ("/", "/", "/"),
            ("/shop/static/", "/shop/", "/static"),
            ("/static/", "/shop/", "/static"),
        ):
            self.assertEqual(self.read(prefix=prefix, STATIC_URL=url, STATIC_ROOT=root).static, (expected, root))

    def test_what_gw_does_not_serve(self):
        root = self.directory("collected")
        for named in (
            {},
            {"STATIC_URL": "/static/"},
            {"STATIC_URL": None, "STATIC_ROOT": root},
            {"STATIC_URL": "/static/", "STATIC_ROOT": ""},
            {"STATIC_URL": "https://cdn.example/", "STATIC_ROOT": root},
            {"STATIC_URL": "//cdn.example/", "STATIC_ROOT": root},
            {"STATIC_URL": "/static/", "STATIC_ROOT": root, "MIDDLEWARE": ["whitenoise.middleware.WhiteNoiseMiddleware"]},
        ):
            self.assertIsNone(self.read(**named).static)

    def test_files_that_were_not_collected(self):
        self.assertIn("collectstatic", self.refused(STATIC_URL="/static/", STATIC_ROOT=self.base + "/no"))


class Path(Projects):
    def test_what_was_added_in_order_and_once(self):
        apps, more = self.directory("apps"), self.directory("more")
        path = [self.base, more, apps, more, self.base + "/no", *interpreter_directories()]
        self.assertEqual(self.read(path=path).python_path, [more, apps])

    def test_an_interpreter_alone_has_added_nothing(self):
        asked = f"import sys; bare = sys.path[:]; sys.path.append({PACKAGES!r}); from gw_django.project import added; print(added(bare))"
        run = subprocess.run([sys.executable, "-B", "-I", "-S", "-c", asked], stdout=subprocess.PIPE, check=True, text=True)
        self.assertEqual(run.stdout, "[]\n")


PROJECT = Project("/srv/site", "mysite.wsgi:application", ["/srv/lib"], ("/static", "/srv/collected"))
APP = ["start-server", "/srv/site/mysite.wsgi:application"]
PYTHON, LIBRARY, STATIC = ["--python", "/env/python"], ["--python-path", "/srv/lib"], ["--url-alias", *PROJECT.static]


class Words(unittest.TestCase):
    def test_django_and_gw_get_their_own(self):
        said = ["--port", "0", "--settings", "a.b", "-v", "2", "--skip-checks", "--pythonpath=x", "--", "--settings", "c"]
        for_django = ["--settings", "a.b", "-v", "2", "--skip-checks", "--pythonpath=x"]
        self.assertEqual(split_words(said), (for_django, ["--port", "0", "--", "--settings", "c"]))
        self.assertEqual(split_words(["--settings"]), (["--settings"], []))

    def test_help(self):
        self.assertTrue(asks_for_help(["--port", "0", "--help"]) and asks_for_help(["-h"]))
        self.assertFalse(asks_for_help(["--port", "0", "--", "--help"]))

    def made(self, *words, project=PROJECT, python="/env/python", **environ):
        return start_words(project, python, words, environ)

    def test_all_of_the_project(self):
        self.assertEqual(self.made("--port", "1"), APP + PYTHON + LIBRARY + STATIC + ["--port", "1"])
        bare = PROJECT._replace(python_path=[], static=None, directory="/")
        self.assertEqual(self.made(project=bare, python=""), ["start-server", "/mysite.wsgi:application"])

    def test_what_is_said_counts(self):
        for words in (["--python", "/other"], ["--python=/other"], ["--python-home", "/env"]):
            self.assertEqual(self.made(*words), APP + LIBRARY + STATIC + words)
        self.assertEqual(self.made(GW_PYTHON_HOME="/env"), APP + LIBRARY + STATIC)
        self.assertEqual(self.made(GW_PYTHON_HOME=""), APP + PYTHON + LIBRARY + STATIC)
        self.assertEqual(self.made(GW_PYTHON_PATH="/a", GW_URL_ALIAS="/b=/c"), APP + PYTHON)

    def test_lists_are_added_to(self):
        for words in (["--url-alias", "/media", "/m"], ["--python-path", "/p"], ["--", "--python", "--url-alias", "/static"]):
            self.assertEqual(self.made(*words), APP + PYTHON + LIBRARY + STATIC + words)

    def test_an_alias_of_the_same_path_takes_the_place_of_the_project_s(self):
        for words in (
            ["--url-alias", "/static", "/m"],
            ["--url-alias", "/static/=/m"],
            ["--url-alias=/static=/m"],
        ):
            self.assertEqual(self.made(*words), APP + PYTHON + LIBRARY + words)
        self.assertEqual(self.made("--url-alias")[-1], "--url-alias")


class Finding(Projects):
    def program(self, *names, mode=0o755):
        path = os.path.join(self.directory(*names), "gw")
        with open(path, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(path, mode)
        return path

    def test_a_variable_then_the_environment_then_path(self):
        named, beside, on_path = self.program("named"), self.program("bin"), self.program("path")
        places = [self.base, self.base + "/bin"]
        environ = {"GW_BIN": named, "PATH": self.base + "/path"}
        self.assertEqual(find_gw(environ, places), named)
        self.assertEqual(find_gw({"PATH": environ["PATH"]}, places), beside)
        self.assertEqual(find_gw({"PATH": environ["PATH"]}, [self.base]), on_path)

    def test_nothing_that_could_be_executed(self):
        plain = self.program("plain", mode=0o644)
        for environ, directories, said in (
            ({"GW_BIN": plain}, [], f'GW_BIN is "{plain}"'),
            ({"PATH": "/nowhere"}, [os.path.dirname(plain)], f"neither in {os.path.dirname(plain)} nor on PATH"),
        ):
            with self.assertRaises(NotFound) as caught:
                find_gw(environ, directories)
            self.assertIn(said, str(caught.exception))

    def test_the_directory_of_the_interpreter_is_among_the_places(self):
        self.assertIn(os.path.dirname(sys.executable), script_directories())


if __name__ == "__main__":
    unittest.main()
