"""What an app of mod_wsgi may do, one page for each, for test/slow/mod-wsgi.check.ts."""
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import mod_wsgi

SECRETS = ("wsgi.input", "wsgi.errors", "wsgi.file_wrapper")
NOTES = []
mod_wsgi.subscribe_events(lambda name, **event: NOTES.append((name, sorted(event), event.get("status"))))
mod_wsgi.subscribe_shutdown(lambda name, **event: print("goodbye:", event.get("shutdown_reason"), flush=True))
mod_wsgi.subscribe_signals(lambda name, **event: print("heard:", event.get("signame"), flush=True))
mod_wsgi.start_recording_metrics()


def plain(value):
    return value if isinstance(value, (str, int, bool, float, type(None))) else list(value) if isinstance(value, tuple) else repr(value)


def answer_json(value, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(value).encode()]


def page_environ(environ, start_response):
    return answer_json({key: plain(value) for key, value in environ.items() if key not in SECRETS}, start_response)


def page_process(environ, start_response):
    child = subprocess.run(
        [sys.executable, "-c", "import os, json; print(json.dumps(dict(os.environ)))"], capture_output=True, check=True
    )
    old_umask = os.umask(0)
    os.umask(old_umask)
    return answer_json(
        {
            "pid": os.getpid(), "cwd": os.getcwd(), "path": sys.path, "name": __name__, "file": __file__,
            "variables": dict(os.environ), "child": json.loads(child.stdout), "umask": old_umask, "nice": os.nice(0),
            "bytecode": sys.dont_write_bytecode, "encoding": sys.stdout.encoding, "fs": sys.getfilesystemencoding(),
            "hash": hash("gw"), "argv": sys.argv, "multiple": mod_wsgi.maximum_processes, "threads": mod_wsgi.threads_per_process,
            "group": mod_wsgi.process_group, "application_group": mod_wsgi.application_group, "interval": sys.getswitchinterval(),
            "warnings": sys.warnoptions, "optimize": sys.flags.optimize, "stdin": sys.stdin.read() if sys.stdin else "",
        },
        start_response,
    )


def page_challenges(environ, start_response):
    start_response("401 Unauthorized", [
        ("WWW-Authenticate", 'Basic realm="a, b"'), ("X-Other", "1"), ("WWW-Authenticate", "Digest x=1, y=2"),
        ("Set-Cookie", "a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT"), ("Set-Cookie", "b=2"), ("X-Other", "2"),
    ])
    return [b"no"]


DATA = bytes(range(256)) * 64


def page_file(environ, start_response):
    """`?offset,length`, the length of which is what is told."""
    offset, _, length = environ["QUERY_STRING"].partition(",")
    file = tempfile.TemporaryFile()
    file.write(DATA)
    file.seek(int(offset or 0))
    start_response("200 OK", [("Content-Length", length)] if length else [])
    return environ["wsgi.file_wrapper"](file)


class Unreal(io.BytesIO):
    reads = []

    def read(self, size=-1):
        self.reads.append(size)
        return io.BytesIO.read(self, size)

    closed_once = 0

    def close(self):
        Unreal.closed_once += 1
        io.BytesIO.close(self)


def page_unreal(environ, start_response):
    Unreal.reads.clear()
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](Unreal(DATA))


def page_unreal_seen(environ, start_response):
    return answer_json([Unreal.reads, Unreal.closed_once], start_response)


def page_written(environ, start_response):
    write = start_response("200 OK", [])
    write(b"first ")
    write(b"second ")
    return [b"third"]


def page_wrapped_after_write(environ, start_response):
    file = tempfile.TemporaryFile()
    file.write(b"file")
    file.seek(0)
    start_response("200 OK", [])(b"written ")
    return environ["wsgi.file_wrapper"](file)


def page_status(environ, start_response):
    start_response(environ["QUERY_STRING"].replace("+", " "), [])
    return [b"x"]


def bad(status="200 OK", headers=(), body=b"x"):
    def page(environ, start_response):
        start_response(status, headers if not isinstance(headers, tuple) else list(headers))
        return [body] if isinstance(body, (bytes, str)) else body

    return page


def page_twice(environ, start_response):
    start_response("200 OK", [])
    start_response("201 Created", [])
    return [b"x"]


def page_twice_with_info(environ, start_response):
    start_response("200 OK", [("X-Was", "first")])
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("500 Really", [("X-Was", "second")], sys.exc_info())
    return [b"replaced"]


def page_info_too_late(environ, start_response):
    def body():
        start_response("200 OK", [])
        yield b"begun"
        try:
            raise ValueError("on purpose, late")
        except ValueError:
            start_response("500 Really", [], sys.exc_info())
        yield b"never"

    return body()


def page_nothing_said(environ, start_response):
    return [b"x"]


def page_too_much(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ab", b"cd", b"ef"]


def page_too_little(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    return [b"ab"]


class Closing:
    closed = 0

    def __init__(self, blocks):
        self.blocks = blocks

    def __iter__(self):
        for block in self.blocks:
            if block is None:
                raise RuntimeError("on purpose")
            yield block

    def close(self):
        Closing.closed += 1


def closing(*blocks):
    def page(environ, start_response):
        start_response("200 OK", [])
        return Closing(blocks)

    return page


def page_closed(environ, start_response):
    return answer_json(Closing.closed, start_response)


def page_slow_blocks(environ, start_response):
    start_response("200 OK", [])

    def body():
        yield b"first"
        GATE.wait(10)
        yield b"second"

    GATE.clear()
    return body()


GATE = threading.Event()


def page_open_gate(environ, start_response):
    GATE.set()
    return answer_json(True, start_response)


def page_held(environ, start_response):
    GATE.wait(10)
    return answer_json(os.getpid(), start_response)


def page_doze(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"]))
    return answer_json(os.getpid(), start_response)


def page_shut_gate(environ, start_response):
    GATE.clear()
    return answer_json(os.getpid(), start_response)


def page_read(environ, start_response):
    body = environ["wsgi.input"]
    how = environ["QUERY_STRING"]
    if how == "lines":
        value = [line.decode() for line in body]
    elif how == "some":
        value = [body.read(2).decode(), body.readline(3).decode(), body.readline().decode(), body.read().decode(), body.read(1).decode()]
    elif how == "none":
        value = None
    elif how == "size":
        value = len(body.read())
    else:
        value = body.read().decode("latin-1")
    return answer_json([environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING"), environ["wsgi.input_terminated"], value], start_response)


KEPT = {}


def page_keep_input(environ, start_response):
    KEPT["input"] = environ["wsgi.input"]
    return answer_json(True, start_response)


def page_kept_input(environ, start_response):
    try:
        return answer_json(repr(KEPT["input"].read()), start_response)
    except Exception as error:
        return answer_json(type(error).__name__, start_response)


def page_events(environ, start_response):
    told = [note for note in NOTES]
    NOTES.clear()
    return answer_json(told, start_response)


def page_metrics(environ, start_response):
    return answer_json({"request": sorted(mod_wsgi.request_metrics()), "process": sorted(mod_wsgi.process_metrics())}, start_response)


def page_notes(environ, start_response):
    mod_wsgi.request_data()["note"] = "kept"
    active = {key: value for key, value in mod_wsgi.active_requests.items()}
    return answer_json([environ["mod_wsgi.request_id"] in active, mod_wsgi.request_data()], start_response)


def page_print(environ, start_response):
    print("printed: größe €", flush=True)
    print("to errors", file=environ["wsgi.errors"])
    environ["wsgi.errors"].write("half a ")
    environ["wsgi.errors"].write("line\n")
    environ["wsgi.errors"].flush()
    return answer_json(True, start_response)


def page_spin(environ, start_response):
    try:
        while True:
            pass
    except mod_wsgi.RequestTimeout:
        print("interrupted", flush=True)
        raise


def page_exit(environ, start_response):
    os._exit(7)


def page_die_late(environ, start_response):
    def body():
        yield b"begun"
        os.kill(os.getpid(), signal.SIGKILL)

    start_response("200 OK", [])
    return body()


def page_own_signal(environ, start_response):
    before = signal.signal(signal.SIGTERM, lambda *about: print("own code for the end", flush=True))
    return answer_json(repr(before), start_response)


def page_fields(environ, start_response):
    start_response("200 OK", [("Content-Type", "a/b"), ("Content-Type", "c/d"), ("X-Latin", "gr\xf6\xdfe"), ("Connection", "close"), ("Keep-Alive", "1"), ("Transfer-Encoding", "chunked"), ("X-Same", "a"), ("x-same", "b")])
    return [b"x"]


def page_location(environ, start_response):
    start_response("200 OK", [("Location", "/environ")])
    return [b"own body"]


def page_large_header(environ, start_response):
    start_response("200 OK", [("X-Large", "x" * int(environ["QUERY_STRING"]))])
    return [b"x"]


def page_unicode(environ, start_response):
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode("latin-1").decode("utf-8").encode("utf-8")]


PAGES = {name[5:]: page for name, page in list(globals().items()) if name.startswith("page_")}
PAGES.update({
    "bad_status_type": bad(status=b"200 OK"), "bad_status_short": bad(status="20"), "bad_status_word": bad(status="abc Bad"),
    "bad_status_line": bad(status="200 OK\r\nX: y"), "bad_headers_type": bad(headers={"a": "b"}),
    "bad_header_tuple": bad(headers=[["A", "b"]]), "bad_header_name": bad(headers=[("A b", "c")]), "bad_header_name_type": bad(headers=[(b"A", "c")]),
    "bad_header_value": bad(headers=[("A", "b\r\nC: d")]), "bad_header_nul": bad(headers=[("A", "b\0")]), "bad_header_value_type": bad(headers=[("A", 1)]),
    "bad_header_unicode": bad(headers=[("A", "\u20ac")]), "bad_length": bad(headers=[("Content-Length", "x")]), "bad_length_negative": bad(headers=[("Content-Length", "-1")]),
    "bad_body_text": bad(body="text"), "bad_body_items": bad(body=[1]), "bad_body_none": bad(body=None),
    "close": closing(b"a", b"b"), "close_raising": closing(b"a", None), "close_raising_at_once": closing(None),
})


def application(environ, start_response):
    page = PAGES.get(environ["PATH_INFO"].strip("/").split("/")[-1])
    if page is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no such page"]
    return page(environ, start_response)


def other(environ, start_response):
    return answer_json("other", start_response)
