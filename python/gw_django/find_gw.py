"""Where the program gw is: as somebody says, where its wheel has put it, or on PATH."""

import os
import shutil
import sys
import sysconfig

#: Names the file. gw itself knows no such variable, and is not shown it.
VARIABLE = "GW_BIN"


class NotFound(Exception):
    """A sentence that says where gw was looked for."""


def find_gw(environ, directories):
    """The absolute path of gw. `directories`: where wheels put programs."""
    named = environ.get(VARIABLE)
    if named:
        if not is_program(named):
            raise NotFound(f'{VARIABLE} is "{named}", and that is no file that can be executed.')
        return os.path.abspath(named)
    beside = [os.path.join(directory, "gw") for directory in directories]
    found = next(filter(is_program, beside), None) or shutil.which("gw", path=environ.get("PATH", os.defpath))
    if found is None:
        looked = ", ".join(directories)
        raise NotFound(
            f"The program gw was not found, neither in {looked} nor on PATH. Install the wheel that carries it, or name its file by {VARIABLE}."
        )
    return os.path.abspath(found)


def script_directories():
    """Of this environment, and of this user's own packages."""
    schemes = [None, f"{os.name}_user"]
    known = [scheme for scheme in schemes if scheme is None or scheme in sysconfig.get_scheme_names()]
    paths = [sysconfig.get_path("scripts", scheme) if scheme else sysconfig.get_path("scripts") for scheme in known]
    beside = [os.path.dirname(sys.executable)] if sys.executable else []
    return list(dict.fromkeys(path for path in [*paths[:1], *beside, *paths[1:]] if path))


def is_program(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)
