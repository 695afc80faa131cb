"""The words of `manage.py rungw`, and those of gw that follow from them and from the project. Pure."""

import os

#: Options that every command of Django has, and how many words follow them.
OF_DJANGO = {
    "--settings": 1,
    "--pythonpath": 1,
    "--verbosity": 1,
    "-v": 1,
    "--traceback": 0,
    "--no-color": 0,
    "--force-color": 0,
    "--skip-checks": 0,
}

END_OF_FLAGS = "--"


def split_words(words):
    """Two lists: what is meant for Django, and what is meant for gw."""
    for_django, for_gw, rest = [], [], list(words)
    while rest and rest[0] != END_OF_FLAGS:
        word = rest.pop(0)
        name, equals, _ = word.partition("=")
        if name not in OF_DJANGO:
            for_gw.append(word)
            continue
        for_django.append(word)
        if OF_DJANGO[name] and not equals and rest:
            for_django.append(rest.pop(0))
    return for_django, for_gw + rest


def asks_for_help(words):
    return any(word in ("-h", "--help") for word in before_end(words))


def start_words(project, interpreter, words, environ):
    """The words behind `gw`. What `words` or the environment say of a thing counts, and not the project."""
    said = before_end(words)
    made = ["start-server", os.path.join(project.directory, project.application)]
    if interpreter and not is_said(("python", "python-home"), said, environ):
        made += ["--python", interpreter]
    if not is_said(("python-path",), (), environ):
        for directory in project.python_path:
            made += ["--python-path", directory]
    if project.static and project.static[0] not in aliases_in(said) and not is_said(("url-alias",), (), environ):
        made += ["--url-alias", *project.static]
    return made + list(words)


def before_end(words):
    words = list(words)
    return words[: words.index(END_OF_FLAGS)] if END_OF_FLAGS in words else words


def is_said(options, words, environ):
    flags = {f"--{option}" for option in options}
    variables = (f"GW_{option.upper().replace('-', '_')}" for option in options)
    return any(word.partition("=")[0] in flags for word in words) or any(environ.get(name) for name in variables)


def aliases_in(words):
    """The paths of clients that `--url-alias URL PATH` or `--url-alias URL=PATH` names."""
    found = set()
    for at, word in enumerate(words):
        flag, _, attached = word.partition("=")
        if flag == "--url-alias":
            url = attached or (words[at + 1] if at + 1 < len(words) else "")
            found.add(url.partition("=")[0].rstrip("/") or "/")
    return found
