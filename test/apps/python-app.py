"""What tests of workers in Python ask of an app."""
import ctypes
import json
import os
import sys
import threading
import time


def shown(value):
    return value if isinstance(value, (str, int, bool, tuple, list)) else type(value).__name__


def answer_environ(environ):
    return json.dumps({key: shown(value) for key, value in environ.items()}, sort_keys=True)


def answer_process(environ):
    return json.dumps(
        {
            "pid": os.getpid(),
            "uid": os.getuid(),
            "groups": sorted(os.getgroups()),
            "cwd": os.getcwd(),
            "path": sys.path[:2],
            "argv": sys.argv,
            "executable": sys.executable,
            "variables": sorted(name for name in os.environ if name.startswith(("NODE_CHANNEL", "GW_", "BUN_", "PYTHONHASH", "PYTHONDONT"))),
            "descriptors": len(os.listdir("/proc/self/fd")),
        }
    )


def answer_exit(environ):
    os.kill(os.getpid(), 9)


def answer_hold(environ):
    """Code in C that keeps the interpreter's lock."""
    ctypes.PyDLL(None).sleep(60)


KEPT = []


def answer_leak(environ):
    KEPT.append(b"x" * 5000000)
    return str(os.getpid())


def answer_devour(environ):
    KEPT.append(bytearray(500000000))


def answer_leave(environ):
    os._exit(0)


def answer_segfault(environ):
    ctypes.string_at(0)


def answer_raise(environ):
    raise RuntimeError("on purpose")


def answer_fork(environ):
    return "parent" if os.fork() else "child"


def answer_pid(environ):
    return str(os.getpid())


def answer_spin(environ):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        pass


def answer_wait(environ):
    threading.Event().wait()


def answer_close(environ):
    """All that the process has open, whoever it is of."""
    os.closerange(3, 1000)


KEPT = []


def answer_descriptors(environ):
    """All that there are."""
    while True:
        KEPT.append(open("/dev/null"))


def answer_doze(environ):
    time.sleep(0.3)
    return str(os.getpid())


def answer_threads(environ):
    """As many as there can be; they end with the request, or when the file that is asked for is gone."""
    done = threading.Event()
    try:
        while True:
            threading.Thread(target=done.wait, daemon=True).start()
    except (RuntimeError, MemoryError):
        time.sleep(0.2)
    finally:
        done.set()
    return "none was left"


def answer_burn(environ):
    """Uses up a second and a half of the processor, and then does nothing for ever."""
    while time.process_time() < 1.5:
        pass
    threading.Event().wait()


def answer_print(environ):
    print("printed in größe")
    print("and to errors", file=environ["wsgi.errors"])
    return "printed"


def application(environ, start_response):
    answer = globals().get("answer_" + environ["PATH_INFO"].strip("/"))
    text = answer(environ) if answer else "hello"
    start_response("200 OK", [("Content-Type", "application/json" if text.startswith("{") else "text/plain")])
    return [text.encode()]
