"""What gw has to know of a Django project, read from its settings as they are given: nothing here imports Django."""

import os
import site
import sysconfig
from typing import NamedTuple, Optional


class Unfit(Exception):
    """Why a project cannot be served; a sentence for whoever has written its settings."""


class Project(NamedTuple):
    """`directory` and the paths are absolute, `application` is as in `mysite.wsgi:application`."""

    directory: str
    application: str
    #: What manage.py and settings have added to sys.path, in its order.
    python_path: list
    #: The path of clients, and the directory whose files answer it; None where the project wants no such thing.
    static: Optional[tuple]


def read_project(settings, modules, path, script_prefix="/"):
    """Of Django's settings; `modules` and `path` are those of sys, `script_prefix` is Django's own word for the mount."""
    directory = find_directory(settings, modules)
    return Project(
        directory=directory,
        application=find_application(getattr(settings, "WSGI_APPLICATION", None)),
        python_path=[entry for entry in added(path) if entry != directory],
        static=find_static(settings, script_prefix),
    )


def find_application(setting):
    module, _, name = str(setting or "").rpartition(".")
    if not module:
        shown = "is not set" if setting is None else f'is "{setting}"'
        raise Unfit(f'WSGI_APPLICATION {shown}; it names a module and its callable, as in "mysite.wsgi.application".')
    return f"{module}:{name}"


def find_directory(settings, modules):
    """BASE_DIR, or else the directory from which the settings are imported."""
    base = getattr(settings, "BASE_DIR", None)
    if base is None:
        base = imported_from(getattr(settings, "SETTINGS_MODULE", None), modules)
    if base is None:
        raise Unfit("BASE_DIR is not set, and the settings are in no module: set it to the directory of the project.")
    directory = os.path.abspath(str(base))
    if not os.path.isdir(directory):
        raise Unfit(f'BASE_DIR "{directory}" is no directory.')
    return directory


def imported_from(name, modules):
    """The directory on sys.path below which a module lies; None where it lies in none."""
    file = getattr(modules.get(name), "__file__", None)
    if file is None:
        return None
    is_package = os.path.basename(file) == "__init__.py"
    for _ in range(name.count(".") + 1 + is_package):
        file = os.path.dirname(file)
    return file


def find_static(settings, script_prefix):
    """STATIC_URL and STATIC_ROOT, where gw can serve them: not at another host, and not where WhiteNoise does it."""
    url, root = getattr(settings, "STATIC_URL", None), getattr(settings, "STATIC_ROOT", None)
    if not url or not root or not url.startswith("/") or url.startswith("//") or has_whitenoise(settings):
        return None
    # gw counts paths from the mount on, and Django puts the mount before a relative URL.
    if url.startswith(script_prefix):
        url = "/" + url[len(script_prefix) :]
    directory = os.path.abspath(str(root))
    if not os.path.isdir(directory):
        raise Unfit(f'STATIC_ROOT "{directory}" is not there: "python manage.py collectstatic" makes it.')
    return url.rstrip("/") or "/", directory


def has_whitenoise(settings):
    return any(str(name).startswith("whitenoise.") for name in getattr(settings, "MIDDLEWARE", None) or ())


def added(path):
    """Directories of a sys.path that an interpreter does not begin with."""
    own = {os.path.abspath(entry) for entry in interpreter_directories()}
    found = [os.path.abspath(entry) for entry in path]
    return [entry for entry in dict.fromkeys(found) if os.path.isdir(entry) and entry not in own]


def interpreter_directories():
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    libraries = [sysconfig.get_path(name) for name in names]
    extensions = sysconfig.get_config_var("DESTSHARED")
    return [*libraries, *site.getsitepackages(), site.getusersitepackages(), *([extensions] if extensions else [])]
