"""A worker of gw in Python: serves a WSGI application (PEP 3333) in threads.

gw starts it as `INTERPRETER worker.py VERSION`, and is told of everything by the life channel, a socket of JSON lines that is
inherited (docs/workers.md). When this begins, the process is who it is to be already: user, groups, root directory, umask and
the limits that take rights are gw's own program's to take on, before it becomes this one.

The main thread imports the application, and waits. A thread of its own reads the life channel, one the signals, one says each
quarter of a second that this interpreter runs code; for each connection of a front end there is one that serves its requests,
one after the other. Standard library only, in the language of Python 3.6, so that an older interpreter can say that it is too old.
"""

import sys

LEAST_VERSION = (3, 9)

import atexit
import errno
import gc
import itertools
import json
import mimetypes
import os
import re
import signal
import socket
import time
import traceback
import types

try:
    import threading
except ImportError:  # An interpreter without threads can say so, and nothing else.
    threading = None
try:
    import ctypes
except ImportError:
    ctypes = None
try:
    import faulthandler
except ImportError:
    faulthandler = None
try:
    import resource
except ImportError:
    resource = None

PROTOCOL = 1
VERSION = sys.argv[1] if len(sys.argv) > 1 else ""
HEARTBEAT_SECONDS = 0.25
MODULES_SECONDS = 1.0
EXIT_LEFT, EXIT_COULD_NOT_START, EXIT_ORPHANED = 0, 3, 4

# ---- the life channel -----------------------------------------------------------------------------------------------


class Channel:
    """This end of the life channel. One bad line, and gw hangs up: everything is written as plain ASCII."""

    def __init__(self, descriptor):
        os.set_inheritable(descriptor, False)
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(True)
        self._lock = threading.Lock() if threading else None
        self._lines = self._socket.makefile("rb")
        self._is_closed = False

    def say(self, message, **fields):
        if self._is_closed:
            return
        text = json.dumps(dict(fields, type=message), ensure_ascii=True, allow_nan=False)
        try:
            if self._lock is None:
                return self._socket.sendall(text.encode() + b"\n")
            with self._lock:
                self._socket.sendall(text.encode() + b"\n")
        except OSError as error:
            # The app has closed what is not its own, and this worker can neither serve nor be heard any more. Otherwise the
            # supervisor has gone, which is heard by whoever reads.
            if error.errno in (errno.EBADF, errno.ENOTSOCK):
                os_exit(EXIT_ORPHANED)

    def log(self, level, text, **fields):
        self.say("log", level=level, text=text, fields=fields)

    def hear(self):
        """The next message; None when the supervisor has gone."""
        try:
            line = self._lines.readline()
        except OSError:
            return None
        return json.loads(line.decode()) if line else None

    def close(self):
        self._is_closed = True
        self._socket.close()


class StartFailed(Exception):
    """Why this worker cannot start: a row of gw's table of errors, with what is filled in."""

    def __init__(self, cause, detail=None, **facts):
        Exception.__init__(self, cause)
        self.cause, self.detail, self.facts = cause, detail, facts


def check_interpreter():
    if sys.version_info < LEAST_VERSION:
        version = "%d.%d" % sys.version_info[:2]
        raise unfit("it is Python %s, and 3.9 or newer is needed" % version)
    if threading is None:
        raise unfit("it was built without threads")


def unfit(reason):
    return StartFailed("interpreter_unfit", path=sys.executable or "python3", reason=reason)


# ---- the process ----------------------------------------------------------------------------------------------------

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


def prctl(option, value):
    """What Linux is asked to do for this process; nothing where there is no such thing."""
    if ctypes is None or not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (OSError, AttributeError):
        pass


def tie_to_parent():
    """However the supervisor ends, this ends with it, also while it is too busy to see that the channel has closed."""
    prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def show_title(title):
    """What ps shows. The interpreter finds its libraries by its own path, so that it cannot be started by another name."""
    text = title.encode("utf-8", "replace")
    if ctypes is None or not sys.platform.startswith("linux"):
        return
    prctl(PR_SET_NAME, ctypes.c_char_p(text[:15]))
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        begin, end = int(fields[45]), int(fields[46])
    except (OSError, IndexError, ValueError):
        return
    room = end - begin
    if begin > 0 and room > 1:
        ctypes.memmove(begin, text[: room - 1].ljust(room, b"\0"), room)


MEGABYTE = 2 ** 20


def memory_taken():
    """Bytes that this process has as data, and that it has mapped; None where the system does not tell."""
    try:
        with open("/proc/self/status") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        return int(lines["VmData"].split()[0]) * 1024, int(lines["VmSize"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return None


def take_limits(setup, shutdown_ms, reserved, log):
    """Sets what is not set yet. `reserved`: bytes that this worker will take for its threads."""
    wishes = plan_limits(setup, shutdown_ms, memory_taken(), reserved)
    for option, value, resource_name, soft, hard, reason in wishes:
        reason = reason or set_limit(resource_name, soft, hard)
        if reason is None:
            continue
        if not setup["isBestEffort"]:
            raise StartFailed("limit_refused", option=option, value=str(value), reason=reason)
        log("warn", 'The limit %s "%s" could not be set' % (option, value), reason=reason)


def plan_limits(setup, shutdown_ms, taken, reserved):
    """A list of (option, value, resource, soft, hard, reason why not)."""
    wishes = []
    unknown = "what the interpreter itself has taken is not known"
    memory, virtual, cpu_ms = (setup.get(name) for name in ("memoryBytes", "virtualMemoryBytes", "cpuTimeMs"))
    if memory is not None:
        most = taken[0] + reserved + memory if taken else 0
        wishes.append(("memoryLimit", memory, "RLIMIT_DATA", most, most, None if taken else unknown))
    if virtual is not None:
        need = taken[1] + reserved if taken else 0
        alone = "the interpreter alone takes %dM" % (-(-need // MEGABYTE))
        reason = unknown if not taken else alone if virtual <= need else None
        wishes.append(("virtualMemoryLimit", virtual, "RLIMIT_AS", virtual, virtual, reason))
    if cpu_ms is not None:
        seconds = -(-int(cpu_ms) // 1000)
        wishes.append(("cpuTimeLimit", cpu_ms, "RLIMIT_CPU", seconds, seconds + 1 + -(-shutdown_ms // 1000), None))
    return wishes


def set_limit(name, soft, hard):
    """None, or why not."""
    number = getattr(resource, name, None)
    if number is None:
        return "this interpreter has no word for it"
    try:
        resource.setrlimit(number, (soft, hard))
    except (ValueError, OSError) as error:
        return str(error)
    return None if resource.getrlimit(number) == (soft, hard) else "the system took another value"


READ_BACK = {
    "data": "RLIMIT_DATA",
    "addressSpace": "RLIMIT_AS",
    "cpu": "RLIMIT_CPU",
    "stack": "RLIMIT_STACK",
    "openFiles": "RLIMIT_NOFILE",
    "core": "RLIMIT_CORE",
}


def read_back(identity):
    """Limits and identity of this process, as the system has them."""
    found = {}
    for name, number in READ_BACK.items():
        if hasattr(resource, number):
            soft = resource.getrlimit(getattr(resource, number))[0]
            found[name] = "unlimited" if soft == resource.RLIM_INFINITY else soft
    found["cpuPriority"] = os.getpriority(os.PRIO_PROCESS, 0)
    umask = os.umask(0)
    os.umask(umask)
    found.update(uid=os.geteuid(), gid=os.getegid(), umask="%03o" % umask)
    found["groups"] = ",".join(str(group) for group in os.getgroups())
    if "chroot" in identity:
        found["chroot"] = identity["chroot"]
    found.update(read_privileges())
    if "confinement" in identity:
        held = "chroot" in identity or is_confined()
        found["confinement"] = identity["confinement"] if held else "none"
    return found


def read_privileges():
    """What this process may do beside what its user may, as the system has it. Its threads are as it was begun."""
    try:
        with open("/proc/self/status") as file:
            status = dict(line.split(":", 1) for line in file if ":" in line)
        sets = [int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")]
        held = sets[0] | sets[1] | sets[2] | sets[3]
        no_new = status["NoNewPrivs"].strip() == "1"
    except (OSError, KeyError, ValueError):
        return {}
    return {"noNewPrivileges": "yes" if no_new else "no", "capabilities": "%016x" % held if held else "none"}


def is_confined():
    """The root directory is granted to nobody."""
    try:
        os.listdir("/")
    except PermissionError:
        return True
    return False


def check_identity(identity):
    """That gw's own program has done what it was told to do."""
    account = identity.get("account")
    if account is None:
        return
    held = set(os.getresuid() if hasattr(os, "getresuid") else (os.getuid(), os.geteuid()))
    if held != {account["uid"]}:
        who = 'user "%s"' % account["name"]
        raise StartFailed("identity_refused", role="The worker", who=who, reason="it still holds user %s" % sorted(held))


# ---- files of variables -----------------------------------------------------------------------------------------------

# The same as gw reads for apps in TypeScript: src/child/dotenv.ts, against which test/python/dotenv.test.ts holds this.
ENV_SPACE = re.compile("[\t\v\f \n\r]*")
ENV_NAME = re.compile(r"[A-Za-z0-9_.-]+(?!\Z)")
ENV_SEPARATOR = re.compile("=|:[\t\v\f \n\r]")
ENV_QUOTED = re.compile("""(["'`])((?:\\\\.|(?!\\1)[^\\\\])*)\\1[^\\n\\r]*[\\n\\r]?""", re.DOTALL)
ENV_UNQUOTED = re.compile("[^#\n\r]*")
ENV_REST = re.compile("[^\n\r]*[\n\r]?")
ENV_OUTER = "\t\v\f \n\r"
# What steers gw or the interpreter.
NOT_BY_FILE = re.compile("^(GW_.*|NODE_CHANNEL_.*|NODE_UNIQUE_ID)$").match


def parse_env(text):
    """Every (name, value) in order."""
    if text.startswith("\ufeff"):
        text = text[1:]
    at, pairs = 0, []
    while at < len(text):
        name, at = read_env_name(text, at)
        if name is None:
            at = ENV_REST.match(text, at).end()
        else:
            value, at = read_env_value(text, at)
            pairs.append((name, value))
    return pairs


def read_env_name(text, at):
    start = at = ENV_SPACE.match(text, at).end()
    found = ENV_NAME.match(text, at)
    name = found.group() if found else None
    at = found.end() if found else at
    space = ENV_SPACE.match(text, at)
    at = space.end()
    if name == "export" and space.group():
        exported, behind = read_exported(text, at)
        if exported is not None:
            return exported, behind
    if name is None:
        return None, at
    separator = ENV_SEPARATOR.match(text, at)
    return (name, separator.end()) if separator else (None, start)


def read_exported(text, at):
    found = ENV_NAME.match(text, at)
    if found is None:
        return None, at
    separator = ENV_SEPARATOR.match(text, ENV_SPACE.match(text, found.end()).end())
    return (found.group(), separator.end()) if separator else (None, at)


def read_env_value(text, at):
    start = at
    at = ENV_SPACE.match(text, at).end()
    quoted = ENV_QUOTED.match(text, at)
    if quoted:
        inner = quoted.group(2)
        value = replace_escapes(inner) if quoted.group(1) == '"' else re.sub("\r\n?", "\n", inner)
        return value, quoted.end()
    if at >= len(text):
        return "", at
    found = ENV_UNQUOTED.match(text, start)
    return found.group().strip(ENV_OUTER), found.end()


def replace_escapes(text):
    def plain(found):
        escaped = found.group(1)
        return "\n" if escaped in ("n", None) else "\r" if escaped == "r" else found.group()

    return re.sub(r"\\(.)|\r\n?", plain, text, flags=re.DOTALL)


def lay_env(texts, environment):
    """What holds in the end; the strongest text first, and what is there already stays."""
    everything = dict(environment)
    for text in texts:
        before = set(everything)
        for name, value in parse_env(text):
            if name not in before:
                everything[name] = value
        for name, value in list(everything.items()):
            if name not in before and len(value) > 1:
                everything[name] = expand(value, everything)
    return everything


ENV_PIECE = re.compile(r"\\\$|\$([A-Za-z0-9_]+)|\$\{|[^$\\]+|.", re.DOTALL)
ENV_REFERENCE = re.compile(r"([A-Za-z0-9_]*)(?::-(.*))?\Z", re.DOTALL)


def expand(value, variables, depth=0):
    out, at = [], 0
    while at < len(value):
        found = ENV_PIECE.match(value, at)
        before, at = at, found.end()
        plain, name = found.group(), found.group(1)
        if plain == "\\$":
            out.append("$")
        elif name is not None:
            out.append(variables.get(name, ""))
        elif plain == "${":
            end = end_of_braces(value, at)
            if end is None:
                return "".join(out) + value[before:]
            out.append(replace_braces(value[at:end], variables, depth))
            at = end + 1
        else:
            out.append(plain)
    return "".join(out)


def replace_braces(inner, variables, depth):
    found = ENV_REFERENCE.match(inner)
    if found is None:
        return "${%s}" % inner
    name, default = found.groups()
    value = variables.get(name)
    if value is not None or default is None:
        return value or ""
    return expand(default, variables, depth + 1) if depth < 200 else default


def end_of_braces(value, at):
    opened = 1
    for found in re.compile(r"\\.|\$\{|\}", re.DOTALL).finditer(value, at):
        if found.group() == "${":
            opened += 1
        elif found.group() == "}":
            opened -= 1
            if opened == 0:
                return found.start()
    return None


def read_env_files(paths):
    """Those that were named, the strongest last: what the process has been given already stays as it is."""
    texts = []
    for path in reversed(paths):
        try:
            with open(path, encoding="utf-8", errors="replace", newline="") as file:
                texts.append(file.read())
        except OSError as error:
            raise StartFailed("env_file_unreadable", path=path, reason=error.strerror or str(error))
    for name, value in lay_env(texts, dict(os.environ)).items():
        if name not in os.environ and not NOT_BY_FILE(name) and "\0" not in value:
            os.environ[name] = value


def take_locale(name, log):
    """That of the C library, which the environment alone would not set for all it does."""
    import locale

    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        log("warn", "This system has no such locale; C.UTF-8 is on most", locale=name)


# ---- output ---------------------------------------------------------------------------------------------------------


class LineOutput:
    """Standard output or error as text. A line of one thread is written whole; with ids it says to which request it belongs."""

    encoding, errors, newlines, closed, line_buffering = "utf-8", "backslashreplace", None, False, True

    def __init__(self, descriptor, binary):
        self._descriptor = descriptor
        self.buffer = binary
        self.name = binary.name
        self.mode = "w"
        self._local = threading.local()

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        waiting = getattr(self._local, "waiting", "")
        whole, end, rest = (waiting + text).rpartition("\n")
        if end:
            self._put(whole + end)
        self._local.waiting = rest
        if len(rest) > 65536:
            self.flush()
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        waiting = getattr(self._local, "waiting", "")
        self._local.waiting = ""
        if waiting:
            self._put(waiting)
        self.buffer.flush()

    def _put(self, text):
        mark = getattr(REQUEST, "mark", None)
        if mark:
            text = mark + text[:-1].replace("\n", "\n" + mark) + text[-1:]
        left = memoryview(text.encode("utf-8", "backslashreplace"))
        while left:
            left = left[os.write(self._descriptor, left) :]

    def isatty(self):
        return False

    def fileno(self):
        return self._descriptor

    def readable(self):
        return False

    seekable = readable

    def writable(self):
        return True

    def reconfigure(self, **changes):
        """An app may say it again: text is UTF-8 here, whatever the locale."""

    def close(self):
        """Others still write here."""

    def __enter__(self):
        return self

    def __exit__(self, *about):
        self.flush()

    def __iter__(self):
        raise OSError("not readable")


class CurrentRequest(threading.local if threading else object):
    """What the thread works on."""

    mark = data = None


REQUEST = CurrentRequest()


def take_output():
    sys.stdout = sys.__stdout__ = LineOutput(1, sys.stdout.detach())
    sys.stderr = sys.__stderr__ = LineOutput(2, sys.stderr.detach())


def flush_output():
    """What was printed and is no whole line. An app may have put something in the place of either that cannot."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # Its lines are its own affair, and no reason to end what gw is at.


def print_error(what):
    """An exception of the app, as text that begins in its own files."""
    kind, error, trace = sys.exc_info()
    sys.__stderr__.write("%s\n%s" % (what, format_error(kind, error, trace)))


def format_error(kind, error, trace):
    while trace is not None and trace.tb_next is not None and is_own(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return "".join(traceback.format_exception(kind, error, trace))


def is_own(filename):
    return filename == __file__ or filename.startswith("<frozen importlib")


# ---- a look at itself, before it is ended ------------------------------------------------------------------------------

MOST_COUNTED_BYTES = 512 * MEGABYTE
SAMPLE_SECONDS = 0.005
MOST_ROWS = 32


def examine(order):
    """What the answer to `examine` holds: memory and what the collector has, functions by time, or objects by kind."""
    if order["what"] == "figures":
        return {"figures": memory_figures()}
    if order["what"] == "samples":
        return counted(sample_functions(order["forMs"] / 1000.0))
    if order["what"] == "objects":
        return counted(count_objects())
    return {"reason": "a worker in Python cannot do that"}


def counted(found):
    rows = sorted(found.items(), key=lambda row: -row[1])[:MOST_ROWS]
    return {"total": sum(found.values()), "counts": [[name[:250], count] for name, count in rows]}


def memory_figures():
    rss, peak = resident_bytes()
    figures = {"rssBytes": rss, "peakRssBytes": peak, "threads": threading.active_count()}
    for generation, told in enumerate(gc.get_stats()):
        for name in ("collections", "collected", "uncollectable"):
            figures["gc%s%d" % (name.capitalize(), generation)] = told.get(name, 0)
    return figures


def sample_functions(seconds):
    """Where the threads that run the app are, again and again: also those that wait for something are somewhere."""
    found = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for frame in list(sys._current_frames().values()):
            name = app_frame(frame)
            if name is not None:
                found[name] = found.get(name, 0) + 1
        time.sleep(SAMPLE_SECONDS)
    return found


def app_frame(frame):
    """The innermost function of a thread in which this file has called the app; None for any other thread."""
    innermost = "%s (%s:%d)" % (frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno)
    if is_own(frame.f_code.co_filename):
        return None
    while frame is not None:
        if frame.f_code.co_filename == __file__:
            return innermost if frame.f_code.co_name in APP_CALLERS else None
        frame = frame.f_back
    return None


APP_CALLERS = ("run_application", "run_service")


def count_objects():
    """Of those that the collector follows; it holds all threads up for about a second in five million."""
    if resident_bytes()[0] > MOST_COUNTED_BYTES:
        raise ValueError("to count the objects of so large a process would take too long")
    found = {}
    for thing in gc.get_objects():
        name = type(thing).__name__
        found[name] = found.get(name, 0) + 1
    return found


# ---- leaving --------------------------------------------------------------------------------------------------------

LOOK_EVERY_SECONDS = 0.025
# A request that the front sent before it knew of the drain is on the socket, not yet counted.
QUIET_LOOKS = 2
ANSWER_MS = 2000


class Departure:
    """How this worker leaves: a signal makes it ask, and serve on until the supervisor says when. See child/departure.ts."""

    def __init__(self, say, finish):
        self._say, self._finish = say, finish
        self._lock = threading.RLock()
        self._count_active = None
        self._windows = {"evictionTimeoutMs": 0, "gracefulTimeoutMs": 0, "shutdownTimeoutMs": 0}
        self._deadline = float("inf")
        self._wish = self._patience = None
        self._has_goodbye = True
        self.reason = None
        self.has_finished = False

    def finish_first(self, count_active, windows):
        """From now on leaving waits until nothing is counted."""
        self._count_active, self._windows = count_active, windows

    def ask(self, reason):
        with self._lock:
            if self.has_finished:
                return
            if self._count_active is None:
                return self.leave(reason, 0)
            # A shutdown is sooner than any other wish, and said each time.
            if reason != "shutdown_signal" and (self.reason or self._wish):
                return
            self._wish = reason
            self._say("leaving", reason=reason)
            self._wait_for_answer(reason)

    def _wait_for_answer(self, reason):
        by_reason = {"shutdown_signal": ANSWER_MS, "eviction_signal": self._windows["evictionTimeoutMs"]}
        patience_ms = by_reason.get(reason, self._windows["gracefulTimeoutMs"])
        act = lambda: self.leave(reason, self._windows["shutdownTimeoutMs"])
        self._cancel_patience()
        self._patience = threading.Timer(patience_ms / 1000.0, act)
        self._patience.daemon = True
        try:
            self._patience.start()
        except RuntimeError:
            self._patience = None  # No thread is left for it: whoever was asked is waited for.

    def stay(self):
        with self._lock:
            if self._wish == "shutdown_signal":
                self._cancel_patience()

    def _cancel_patience(self):
        if self._patience is not None:
            self._patience.cancel()

    def leave(self, reason, within_ms, is_urgent=False):
        with self._lock:
            self._cancel_patience()
            self._deadline = min(self._deadline, time.monotonic() + within_ms / 1000.0)
            if is_urgent:
                self._has_goodbye = False
            if self.reason is not None:
                return
            self.reason = self._wish or reason
        try:
            start_thread(self._look, "leaving")
        except RuntimeError:
            self._look()  # No thread is left, and nothing else is to be heard.

    def _look(self):
        quiet = 0
        while self._count_active is not None:
            active = self._count_active()
            quiet = quiet + 1 if active == 0 else 0
            if quiet >= QUIET_LOOKS or time.monotonic() >= self._deadline:
                if active:
                    self.reason = "%s, %d requests unfinished" % (self.reason, active)
                break
            time.sleep(LOOK_EVERY_SECONDS)
        self.has_finished = True
        self._say("drained")
        self._finish(self._has_goodbye)


# Stacks of threads of ours, and of those that run the app unless --stack-size says otherwise.
OWN_STACK_BYTES = 512 * 1024
REQUEST_STACK_BYTES = 2 * MEGABYTE


def start_thread(act, name):
    thread = threading.Thread(target=act, name="gw " + name, daemon=True)
    thread.start()
    return thread


# ---- requests -------------------------------------------------------------------------------------------------------

VISIT_HEADER = "x-gw-visit"
FILE_HEADER = "x-gw-file"
# A file of no more bytes is sent sooner than it is handed over.
SENT_MOST = 65536
MOST_HEAD_BYTES = MEGABYTE
READ_BYTES = 65536
# How long a client is listened to whose request was answered before its end.
LINGER_SECONDS = 2.0


class RequestTimeout(BaseException):
    """Raised in the thread of a request that has run for longer than the request timeout, with --interrupt-timeout."""


class ClientGone(OSError):
    """The front has closed the connection: there is nobody who would get an answer."""


class Input:
    """wsgi.input: the body of one request, as it comes."""

    def __init__(self, conn, raw, length):
        self._conn, self._raw = conn, raw
        self._length = length  # None for chunks
        self._left = length if length is not None else 0
        self._waiting = b""
        self._is_chunk_open = False
        self.is_complete = length == 0
        self.is_over = False
        # Has the client send what it holds back until the app wants it; None where nothing is held back.
        self.ask = None

    def _receive(self, most):
        if self._raw:
            piece, self._raw = self._raw[:most], self._raw[most:]
            return piece
        piece = self._conn.recv(min(most, READ_BYTES))
        if not piece:
            raise ClientGone(errno.ECONNRESET, "the client has gone before its request was complete")
        return piece

    def _receive_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            if len(line) > 4096:
                raise ClientGone(errno.EPROTO, "the body is not in chunks")
            line += self._receive(1)
        return line[:-2]

    def _more(self):
        """The next bytes of the body; none at its end."""
        if self.is_complete:
            return b""
        if self._length is None and self._left == 0:
            self._begin_chunk()
            if self.is_complete:
                return b""
        piece = self._receive(self._left)
        self._left -= len(piece)
        if self._length is not None and self._left == 0:
            self.is_complete = True
        return piece

    def _begin_chunk(self):
        if self._is_chunk_open:
            self._receive_line()
        self._is_chunk_open = True
        self._left = int(self._receive_line().split(b";")[0], 16)
        if self._left == 0:
            while self._receive_line():
                pass
            self.is_complete = True

    def _check(self):
        if self.is_over:
            raise RuntimeError("wsgi.input is of a request that is over")
        if self.ask is not None:
            ask, self.ask = self.ask, None
            ask()

    def read(self, size=-1):
        self._check()
        if size is None or size < 0:
            pieces = [self._waiting]
            self._waiting = b""
            for piece in iter(self._more, b""):
                pieces.append(piece)
            return b"".join(pieces)
        pieces, have = [self._waiting], len(self._waiting)
        self._waiting = b""
        while have < size:
            piece = self._more()
            if not piece:
                break
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self._waiting = whole[size:]
        return whole[:size]

    def readline(self, size=-1):
        self._check()
        most = None if size is None or size < 0 else size
        pieces, piece, self._waiting = [], self._waiting, b""
        while True:
            length = piece.find(b"\n") + 1 or len(piece)
            length = length if most is None else min(length, most)
            pieces.append(piece[:length])
            if length < len(piece) or piece.endswith(b"\n") or length == most:
                break
            most = None if most is None else most - length
            piece = self._more()
            if not piece:
                break
        self._waiting = piece[length:]
        return b"".join(pieces)

    def readlines(self, hint=-1):
        lines, size = [], 0
        for line in self:
            lines.append(line)
            size += len(line)
            if hint is not None and 0 < hint <= size:
                break
        return lines

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def close(self):
        """What an app does not want any more is taken off by whoever reads the next request."""

    def rest(self):
        """What came behind the body."""
        return self._raw

    def skip_what_is_here(self):
        """True when nothing of the body is left to come."""
        self._waiting = b""
        while not self.is_complete and self._raw:
            self._more()
        return self.is_complete


class CountedInput(Input):
    """One that tells what was read."""

    def __init__(self, conn, raw, length, tally):
        Input.__init__(self, conn, raw, length)
        self._tally = tally

    def _count(self, read, size):
        began = time.perf_counter()
        data = read(self, size)
        self._tally.read(len(data), time.perf_counter() - began)
        return data

    def read(self, size=-1):
        return self._count(Input.read, size)

    def readline(self, size=-1):
        return self._count(Input.readline, size)


class FileWrapper:
    """wsgi.file_wrapper: a file that is sent as it is where that can be, and read block by block elsewhere."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if not data:
            raise StopIteration
        return data

    def span(self):
        """Descriptor, offset and bytes behind it of a regular file; None for anything else."""
        try:
            descriptor, offset = self.filelike.fileno(), self.filelike.tell()
            status = os.fstat(descriptor)
        except (AttributeError, OSError, ValueError, TypeError):
            return None
        if not isinstance(offset, int) or (status.st_mode & 0o170000) != 0o100000:
            return None
        return descriptor, offset, max(0, status.st_size - offset)


NAME_FORM = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z").match
# Interim answers are the front's.
STATUS_FORM = re.compile(r"[2-9][0-9]{2}(?: [ -~\x80-\xff]*)?\Z").match
BAD_IN_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f]").search
# Framing is made here, and the rest means something between this worker and the front only.
NOT_THE_APPS = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
RESERVED_PREFIX = "x-gw-"
# Of which an answer has one: the last one that was said.
SINGLE = frozenset(("content-type", "content-range", "location"))


def check_status(status):
    if not isinstance(status, str):
        raise TypeError("the status must be str, and is %s" % type(status).__name__)
    if not STATUS_FORM(status):
        raise ValueError("the status must be three digits from 200 on, and a reason: %r" % status[:100])


def check_headers(headers):
    """What is sent of them, and the length that they tell."""
    if not isinstance(headers, list):
        raise TypeError("headers must be a list, and are %s" % type(headers).__name__)
    kept, length, single = [], None, {}
    for item in headers:
        if not isinstance(item, tuple) or len(item) != 2:
            raise TypeError("a header must be a tuple of name and value: %r" % (item,))
        name, value = item
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("name and value of a header must be str: %r" % (item,))
        if not NAME_FORM(name):
            raise ValueError("no name of a header: %r" % name)
        if BAD_IN_VALUE(value):
            raise ValueError("the value of header %s holds a control character: %r" % (name, value))
        value.encode("latin-1")
        lower = name.lower()
        if lower == "content-length":
            if not re.match(r"[0-9]{1,15}\Z", value):
                raise ValueError("the value of Content-Length is no number: %r" % value)
            length = int(value)
            continue
        if lower in SINGLE:
            if lower in single:
                kept.remove(single[lower])
            single[lower] = item
        if lower not in NOT_THE_APPS and not lower.startswith(RESERVED_PREFIX):
            kept.append(item)
    return kept, length


SENDFILE_HEADER = "x-sendfile"
RANGE_FORM = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*\Z", re.IGNORECASE).match


class Unsendable(Exception):
    """A file that an answer names and that cannot be sent, in words for the app's author."""


def named_path(home, named):
    """By PEP 3333 the characters of a field are bytes; not every app knows."""
    as_bytes = os.path.join(home, os.fsdecode(named.encode("latin-1")))
    return as_bytes if os.path.exists(as_bytes) else os.path.join(home, named)


def open_named(path):
    """Descriptor and bytes of a regular file, by this worker's own rights."""
    try:
        # A pipe without a writer would hold up everything.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = "%s: %s" % (errno.errorcode.get(error.errno, "error"), error.strerror) if isinstance(error, OSError) else error
        raise Unsendable("The answer names the file %s, which cannot be sent: %s" % (path, reason))
    status = os.fstat(descriptor)
    if (status.st_mode & 0o170000) == 0o100000:
        return descriptor, status.st_size
    os.close(descriptor)
    raise Unsendable("The answer names the file %s, which cannot be sent: it is no regular file" % path)


def take_named(headers):
    """The file that an answer names in the place of its body, and the other fields; None for one that names none."""
    named = [value for name, value in headers if name.lower() == SENDFILE_HEADER]
    return named[-1] if named else None, [item for item in headers if item[0].lower() != SENDFILE_HEADER]


def field_of(headers, name):
    return next((value for told, value in headers if told.lower() == name), None)


def one_range(text, size):
    """First byte and number of bytes; None for several, and for what is answered with the whole file."""
    found = RANGE_FORM(text or "")
    if not found or found.group(1) == found.group(2) == "":
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    return (start, end - start) if start < end else None


class FileHands:
    """Hands open files over to the front ends. Each has a channel of its own, which it has opened and named: src/http/handed-file.ts."""

    MOST_CHANNELS = 256

    def __init__(self, listen):
        self._token = listen["token"]
        self._channels = {}
        self._lock = threading.Lock()
        path = listen["unix"] + ".f"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(path)
        os.chmod(path, listen.get("mode", 0o600))
        self._listener.listen(64)
        self._listener.setblocking(False)

    def hand(self, name, descriptor, offset, count):
        """How the answer names the file; None where that front takes none now."""
        with self._lock:
            if name not in self._channels:
                self._accept_all()
            channel = self._channels.get(name)
        token = os.urandom(8).hex()
        try:
            if channel is None or not socket.send_fds(channel, [token.encode()], [descriptor]):
                return None
        except OSError:
            return None
        return "%s %d %d" % (token, offset, count)

    def _accept_all(self):
        while True:
            try:
                channel, _ = self._listener.accept()
            except OSError:
                return
            channel.setblocking(False)
            try:
                token, _, name = channel.recv(256).decode("ascii", "replace").partition(" ")
            except OSError:
                token = name = ""
            if token != self._token or not re.match("^[0-9a-f]{16}$", name):
                channel.close()
                continue
            if len(self._channels) >= self.MOST_CHANNELS:
                self._channels.pop(next(iter(self._channels))).close()
            self._channels[name] = channel

    def close(self):
        self._listener.close()
        for channel in self._channels.values():
            channel.close()


class Exchange:
    """One request and its answer."""

    def __init__(self, conn, method, body, hand=None, tally=None, files=None):
        """`hand`: passes descriptor, offset and count of a file to the front, and says how the answer names it. `files`: the
        directory where the paths of X-Sendfile begin, and the request's fields; None where that is a field like any other."""
        self._conn, self._method, self.body, self._hand = conn, method, body, hand
        self.tally, self._files = tally, files
        # The file that the answer names; and that it, or the error in its place, is what the client gets.
        self._named, self.is_replaced = None, False
        self.request_id, self.data = "", {}
        self._status = self._headers = None
        self._length = self._left = None
        self._is_chunked = False
        self._has_body = True
        self.has_begun = False
        self.is_broken = False
        self.is_interrupted = False
        self.thread = threading.get_ident()
        self.started = time.monotonic()

    def start_response(self, status, headers, exc_info=None):
        try:
            if self.body.is_over:
                raise RuntimeError("start_response is of a request that is over")
            if exc_info is not None and not isinstance(exc_info, tuple):
                raise TypeError("exc_info must be a tuple, and is %s" % type(exc_info).__name__)
            if exc_info and self.has_begun:
                raise exc_info[1].with_traceback(exc_info[2])
            if self._status is not None and not exc_info:
                raise AssertionError("start_response was called a second time, and without exc_info")
            check_status(status)
            self._headers, self._length = check_headers(headers)
            if self._files is not None:
                self._named, self._headers = take_named(self._headers)
            self._status = status
            if self.tally is not None:
                self.tally.respond(status, headers, exc_info)
        finally:
            exc_info = None  # A circle of references otherwise.
        return self.write

    def write(self, data):
        """The callable that start_response returns."""
        if self.body.is_over:
            raise RuntimeError("write() is of a request that is over")
        check_block(data)
        if data:
            self.send(data)

    def send(self, data, length=None):
        """`length`: of the whole body, where that is known before the first byte."""
        if self._named is not None:
            self._send_named(length)
        if self.is_replaced:
            return
        head = b"" if self.has_begun else self._begin(length)
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        if not self._has_body:
            data = b""
        elif self._is_chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._put(head + data if head else data)

    def send_file(self, wrapper):
        """True when the file could be sent as it is."""
        is_possible = not self.has_begun and self._status is not None and self._named is None
        span = wrapper.span() if is_possible else None
        if span is None:
            return False
        descriptor, offset, behind = span
        count = behind if self._length is None else min(behind, self._length)
        if self._length not in (None, count) or not self._hand_over(descriptor, offset, count):
            self._send_span(descriptor, offset, count, behind)
        return True

    def _send_named(self, length):
        """The file, in the place of the body, of which `length` is what the app tells. Never raises what is no affair of who calls it."""
        (home, asked), path, self._named = self._files, self._named, None
        if self._status[:3] in ("204", "304"):
            self._length = None
            return
        try:
            descriptor, size = open_named(named_path(home, path))
        except Unsendable as error:
            sys.__stderr__.write("%s\n" % error)
            self.fail()
            self.is_replaced = True
            return
        try:
            # What is said of a body that is not sent says nothing of the file.
            if self._length in (None, 0, length):
                self._length = size
            start = self._choose_part(path, size, asked)
            if self._length == 0 or not self._hand_over(descriptor, start, self._length):
                self._send_span(descriptor, start, min(self._length, size - start), self._length)
        finally:
            os.close(descriptor)
            self.is_replaced = True

    def _choose_part(self, path, size, asked):
        """Where it begins, with fields, status and length to match."""
        if field_of(self._headers, "content-type") is None:
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            self._headers.append(("Content-Type", kind + (";charset=utf-8" if kind.startswith("text/") else "")))
        is_whole = self._status[:3] == "200" and field_of(self._headers, "content-range") is None
        if not is_whole or self._length > size:
            return 0
        self._headers.append(("Accept-Ranges", "bytes"))
        condition = asked.get("HTTP_IF_RANGE")
        is_same = condition is None or (condition.startswith('"') and condition == field_of(self._headers, "etag"))
        part = one_range(asked.get("HTTP_RANGE"), self._length) if self._method == "GET" and is_same else None
        if part is None:
            return 0
        start, count = part
        self._headers.append(("Content-Range", "bytes %d-%d/%d" % (start, start + count - 1, self._length)))
        self._status, self._length = "206 Partial Content", count
        return start

    def _hand_over(self, descriptor, offset, count):
        """True: the front sends it."""
        is_possible = self._hand and self._method == "GET" and count > SENT_MOST
        handed = self._hand(descriptor, offset, count) if is_possible else None
        if handed is None:
            return False
        self._headers.append((FILE_HEADER, handed))
        self._put(self._begin(0))
        if self.tally is not None:
            self.tally.write(count, 0.0)
        return True

    def _send_span(self, descriptor, offset, count, length):
        """`length`: of the body, unless the app has said another one."""
        self._put(self._begin(length))
        if not self._has_body:
            return
        began, whole = time.perf_counter(), count
        while count > 0:
            try:
                sent = os.sendfile(self._conn.fileno(), descriptor, offset, min(count, 2 ** 30))
            except (BrokenPipeError, ConnectionResetError) as error:
                raise ClientGone(error.errno, "the client has gone before its answer was complete")
            if sent == 0:
                break  # Somebody has cut the file short.
            offset, count, self._left = offset + sent, count - sent, self._left - sent
        if self.tally is not None:
            self.tally.write(whole - count, time.perf_counter() - began)

    def ask_for_body(self):
        """The client may send it. Once the answer has begun it is the front that decides."""
        if not self.has_begun:
            self._put(b"HTTP/1.1 100 Continue\r\n\r\n")

    def end(self):
        """The body is over."""
        if self._named is not None:
            self._send_named(0)
        if not self.has_begun:
            self._put(self._begin(0))
        elif self._is_chunked and self._has_body:
            self._put(b"0\r\n\r\n")
        if self.missing > 0:
            self.is_broken = True  # Shorter than was said: nobody is to take it for complete.

    @property
    def missing(self):
        """Bytes that its Content-Length has announced, and that did not come."""
        return self._left if self._has_body and self._left else 0

    def fail(self):
        """The app has failed: an error where nothing was said yet, otherwise an end that nobody takes for one."""
        if self.has_begun:
            self.is_broken = True
            return
        self._status, self._length = "500 Internal Server Error", None
        if self.tally is not None and self.tally.status:
            self.tally.status = 500
        self._headers = [("Content-Type", "text/plain;charset=utf-8")]
        text = b"Internal Server Error\n"
        self.send(text, len(text))
        self.end()

    def _begin(self, length):
        if self._status is None:
            raise AssertionError("start_response was not called before the body")
        self.has_begun = True
        code = int(self._status[:3])
        lines = ["HTTP/1.1 ", self._status if len(self._status) > 3 else self._status + " ", "\r\n"]
        for name, value in self._headers:
            lines += (name, ": ", value, "\r\n")
        is_handed = bool(self._headers) and self._headers[-1][0] == FILE_HEADER
        told = self._length if self._length is not None and not is_handed else length
        if code < 200 or code == 204:
            self._has_body = False
        else:
            self._has_body = self._method != "HEAD" and code != 304
            if told is not None and (code != 304 or self._length is not None):
                self._left = told
                lines += ("Content-Length: ", str(told), "\r\n")
            elif code != 304:
                self._is_chunked = True
                lines.append("Transfer-Encoding: chunked\r\n")
        if not self.body.is_complete and not self.body.skip_what_is_here():
            lines.append("Connection: close\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("latin-1")

    def _put(self, data):
        if not data:
            return
        began = time.perf_counter() if self.tally is not None else 0.0
        try:
            self._conn.sendall(data)
        except OSError as error:
            self.is_broken = True
            raise ClientGone(error.errno, "the client has gone before its answer was complete")
        if self.tally is not None:
            self.tally.write(len(data), time.perf_counter() - began)


def check_block(data):
    if not isinstance(data, bytes):
        raise TypeError("the body must be of bytes, and not of %s" % type(data).__name__)


# ---- environ --------------------------------------------------------------------------------------------------------

PLAIN_NAME = re.compile("^[A-Za-z0-9-]+$").match
VISIT_FORM = re.compile(
    r"^(\S+) (\S+) (\S+) (\S+) (\d+) (\d+)(?: @(\d{1,5})@([^@\s]+))?(?: =(\S+))?(?: (\+[0-9a-f]{16}))?(?: ~([\w-]+))?(?: (/\S*))?$"
).match


def unquote(path):
    """As bytes that are kept in characters, as PEP 3333 has it."""
    if "%" not in path:
        return path
    first, *rest = path.split("%")
    parts = [first]
    for piece in rest:
        try:
            parts.append(chr(int(piece[:2], 16)) + piece[2:] if len(piece) > 1 and piece[0] not in "+- " else "%" + piece)
        except ValueError:
            parts.append("%" + piece)
    return "".join(parts)


def merge_slashes(path):
    while "//" in path:
        path = path.replace("//", "/")
    return path


class Refused(Exception):
    """It is none of the front's."""


# That whose behaviour this has.
MOD_WSGI_VERSION = (4, 1, 0)


class Environs:
    """Makes the environ of each request."""

    # Of the fields of a request, in characters, and of how many such.
    LONGEST_KNOWN, MOST_KNOWN = 4096, 256

    def __init__(self, setup, is_multithread):
        python = setup["python"]
        self._token = setup["listen"]["token"] if setup["listen"] else ""
        self._mount = setup["mount"]
        self._scheme = setup.get("scheme")
        self._trusts_port = python["trustsPort"]
        self._trusts_prefix = setup["mount"] != "/" or python["trustsPrefix"]
        user = python.get("user")
        self._user_key = "HTTP_" + user["field"].upper().replace("-", "_") if user else None
        self._auth_type = user["authType"] if user else None
        self._tells_ssl = python["tellsSsl"]
        self._keys = {}
        self._known = {}
        self._base = dict(python["variables"])
        self._base.update({
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_SOFTWARE": "gw/" + VERSION,
            "SCRIPT_FILENAME": setup["app"] or "",
            "DOCUMENT_ROOT": setup["home"],
            "wsgi.version": (1, 0),
            "wsgi.errors": sys.__stderr__,
            "wsgi.multithread": is_multithread,
            "wsgi.multiprocess": python["isMultiprocess"],
            "wsgi.run_once": python["isRunOnce"],
            "wsgi.input_terminated": True,
            "wsgi.file_wrapper": FileWrapper,
            "mod_wsgi.version": MOD_WSGI_VERSION,
            "mod_wsgi.process_group": setup["group"],
            "mod_wsgi.application_group": "",
            "mod_wsgi.callable_object": setup["callableObject"],
            "mod_wsgi.request_handler": "wsgi-script",
            "mod_wsgi.handler_script": "",
            "mod_wsgi.script_name": "",
            "mod_wsgi.path_info": "",
            "mod_wsgi.ignore_activity": "0",
            "mod_wsgi.daemon_connects": "1",
            "mod_wsgi.daemon_restarts": "0",
            "SERVER_ADMIN": "[no address given]",
            "SERVER_SIGNATURE": "",
            "mod_wsgi.enable_sendfile": "1" if (setup.get("files") or {}).get("handsOver") else "0",
            "mod_wsgi.script_reloading": "1" if python["reloadsScript"] else "0",
            "mod_wsgi.listener_host": setup["publicHost"],
            "mod_wsgi.listener_port": str(setup["publicPort"]),
        })

    def _key(self, name):
        """None for what CGI cannot tell from another field, and for what is no client's to say."""
        key = self._keys.get(name)
        if key is None and name not in self._keys:
            lower = name.lower()
            if not PLAIN_NAME(name) or lower == "proxy" or lower.startswith(RESERVED_PREFIX):
                key = None
            elif self._tells_ssl and lower.startswith("x-ssl-"):
                key = name[2:].replace("-", "_")
            elif lower in ("content-type", "content-length"):
                key = lower.upper().replace("-", "_")
            else:
                key = "HTTP_" + name.upper().replace("-", "_")
            if len(self._keys) < 1000:
                self._keys[name] = key
        return key

    def read(self, head):
        """(environ, facts of the visit, is the connection to be closed afterwards). Raises Refused."""
        request, host, visit, *others = head.split("\r\n", 3)
        method, target, _ = request.split(" ", 2)
        name, _, visit = visit.partition(": ")
        facts = VISIT_FORM(visit) if name == VISIT_HEADER else None
        if facts is None or facts.group(1) != self._token:
            raise Refused()
        environ = dict(self._base)
        environ.update(self._fields_of(host + "\r\n" + others[0] if others else host))
        self._fill(environ, method, target, facts)
        return environ, facts

    def _fields_of(self, lines):
        """As the environ has them. A client says the same again and again, and so it is remembered."""
        known = self._known.get(lines)
        if known is not None:
            return known
        fields = self._read_fields(lines.split("\r\n"))
        if len(lines) <= self.LONGEST_KNOWN:
            if len(self._known) >= self.MOST_KNOWN:
                self._known = {}
            self._known[lines] = fields
        return fields

    def _read_fields(self, lines):
        environ = {}
        for line in lines:
            name, _, value = line.partition(":")
            value = value.strip(" \t")
            key = self._key(name)
            if key is None:
                continue
            if key.startswith("SSL_") and key.endswith("_CERT"):
                value = unquote(value)
            if key in environ:
                value = environ[key] + ("; " if key == "HTTP_COOKIE" else ", ") + value
            environ[key] = value
        return environ

    def _fill(self, environ, method, target, facts):
        _, scheme, request_id, address, port, queued_ms, _, local_address, protocol, _, _, above = facts.groups()
        path, _, query = target.partition("?")
        prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "") if self._trusts_prefix else ""
        host = environ.get("HTTP_HOST", "")
        name, colon, host_port = host.rpartition(":")
        if not colon or not host_port.isdigit():
            name, host_port = host, ""
        scheme = self._scheme or scheme
        now = int(time.time() * 1000000)
        began = str(now - int(queued_ms) * 1000)
        environ["REQUEST_METHOD"] = method
        environ["REQUEST_URI"] = target if above is None else above + target[1:]
        environ["SCRIPT_NAME"] = merge_slashes(unquote(prefix.rstrip("/")))
        environ["PATH_INFO"] = "" if above is not None and not above.endswith("/") else merge_slashes(unquote(path))
        environ["mod_wsgi.script_name"], environ["mod_wsgi.path_info"] = environ["SCRIPT_NAME"], environ["PATH_INFO"]
        environ["QUERY_STRING"] = query
        environ["SERVER_NAME"] = name or "localhost"
        told_port = environ.get("HTTP_X_FORWARDED_PORT") if self._trusts_port else None
        environ["SERVER_PORT"] = told_port or host_port or ("443" if scheme == "https" else "80")
        environ["SERVER_PROTOCOL"] = protocol or "HTTP/1.1"
        environ["REQUEST_SCHEME"] = environ["wsgi.url_scheme"] = scheme
        if address != "-":
            environ["REMOTE_ADDR"] = address
            environ["REMOTE_PORT"] = port
        else:
            environ["REMOTE_ADDR"] = ""
        if local_address is not None:
            environ["SERVER_ADDR"] = local_address
        user = environ.get(self._user_key) if self._user_key else None
        if user is not None:
            environ["REMOTE_USER"] = user
            environ["AUTH_TYPE"] = self._auth_type
        environ["mod_wsgi.request_id"] = environ["UNIQUE_ID"] = request_id
        environ["mod_wsgi.request_start"] = environ["mod_wsgi.queue_start"] = began
        environ["mod_wsgi.daemon_start"] = str(now)


# ---- serving --------------------------------------------------------------------------------------------------------


class Activity:
    """What is being worked on. A request counts for its age until the head of its answer is sent, and for a drain until its end."""

    def __init__(self):
        self._running = set()
        # By the id of each that runs, what was noted about it.
        self.requests = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._begun = 0

    def begin(self, exchange):
        """How many requests have begun here."""
        number = self._begun = next(self._numbers)
        self._running.add(exchange)
        self.requests[exchange.request_id] = exchange.data
        return number

    def end(self, exchange):
        self.requests.pop(exchange.request_id, None)
        with self._lock:
            self._running.discard(exchange)
            if exchange.is_interrupted:
                raise_in(exchange.thread, None)

    def running(self):
        while True:
            try:
                return list(self._running)
            except RuntimeError:  # Another thread has just changed it.
                continue

    def count(self):
        return len(self._running)

    def interrupt(self, after_seconds):
        """Raises RequestTimeout once in each request that is older and has not begun its answer. How many they are."""
        until = time.monotonic() - after_seconds
        late = [one for one in self.running() if one.started < until and not (one.has_begun or one.is_interrupted)]
        for exchange in late:
            with self._lock:
                # Its thread may have gone on to another one.
                if exchange in self._running:
                    exchange.is_interrupted = True
                    raise_in(exchange.thread, RequestTimeout)
        return len(late)

    def read(self):
        now = time.monotonic()
        waiting = [now - exchange.started for exchange in self.running() if not exchange.has_begun]
        return {"active": len(waiting), "ageSumMs": int(sum(waiting) * 1000), "requests": self._begun}


def raise_in(thread, error):
    """None takes back what was to be raised."""
    if ctypes is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)


class Places:
    """As many requests as there are places run at once. Places are numbered from 1, and those that were free last are taken first."""

    def __init__(self, number):
        self._free = list(range(number, 0, -1))
        self._semaphore = threading.BoundedSemaphore(number)
        self._counts = [0] * (number + 1)

    def take(self):
        self._semaphore.acquire()
        place = self._free.pop()
        self._counts[place] += 1
        return place

    def give(self, place):
        self._free.append(place)
        self._semaphore.release()

    def count(self, place):
        """Requests that it has had."""
        return self._counts[place]

    def counts(self):
        return self._counts[1:]


class Spares:
    """Descriptors that are held, so that requests still come in where the app has taken all others."""

    def __init__(self, number):
        self._number = number
        self._held = []
        self._lock = threading.Lock()
        self.fill()

    def fill(self):
        with self._lock:
            try:
                while len(self._held) < self._number:
                    self._held.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                pass  # The app has taken them again: with the next connection that ends.

    def give(self):
        """False when none is left."""
        with self._lock:
            if not self._held:
                return False
            os.close(self._held.pop())
            return True

    def close(self):
        with self._lock:
            while self._held:
                os.close(self._held.pop())


def reason_of(error):
    """There are errors without a text."""
    return str(error) or type(error).__name__


def pid_behind(conn):
    """That of the front end, as text; "0" where the system does not tell."""
    try:
        return str(int.from_bytes(conn.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), sys.byteorder))
    except (OSError, AttributeError):
        return "0"


class Server:
    """Takes connections of front ends, and answers requests with the application."""

    def __init__(self, setup, application, activity, log, watch=None):
        """`watch`: of the module mod_wsgi, when something may ask for it."""
        python = setup["python"]
        self._application, self._activity, self._log = application, activity, log
        self._environs = Environs(setup, python["threads"] > 1)
        self._places = Places(python["threads"])
        self._watch = watch
        self._marks = setup.get("marksLines", False)
        self._connections = set()
        self._listener = self._hands = None
        # Where the paths begin that answers name by X-Sendfile; None where they name none.
        self._named_from = setup["home"] if (setup.get("files") or {}).get("byField") else None
        self._spares = Spares(python["threads"])

    def listen(self, setup):
        """The number of connections that may wait."""
        listen = setup["listen"]
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(listen["unix"])
            if "mode" in listen:
                os.chmod(listen["unix"], listen["mode"])
            listener.listen(setup["backlog"])
        except OSError as error:
            raise StartFailed("server_root_unusable", path=listen["unix"], reason=str(error))
        self._listener = listener
        if (setup.get("files") or {}).get("handsOver"):
            self._hands = FileHands(listen)
        return granted_backlog(setup["backlog"])

    def start(self):
        start_thread(self._accept, "listener")

    def close(self):
        """In a process that a fork of the app has made: it must not answer in this one's name."""
        for one in list(self._connections):
            one.close()
        for one in (self._listener, self._hands, self._spares):
            if one is not None:
                one.close()

    def _accept(self):
        has_told = False
        while True:
            try:
                conn, _ = self._listener.accept()
            except (OSError, MemoryError) as error:
                number = getattr(error, "errno", None)
                if number == errno.EBADF:
                    return
                if number == errno.EMFILE and self._spares.give():
                    continue
                if not has_told:
                    self._log("warn", "A connection of a front end could not be accepted; it waits", reason=reason_of(error))
                has_told = True
                time.sleep(0.1)  # It is out of descriptors or memory: at once it would only fail again.
                continue
            has_told = False
            self._connections.add(conn)
            self._begin(conn)

    def _begin(self, conn):
        """Waits while the app has taken all threads, or all memory for their stacks: the request waits with it, and is not lost."""
        for attempt in itertools.count():
            try:
                return start_thread(lambda: self._serve(conn), "requests")
            except (RuntimeError, MemoryError) as error:
                if attempt == 0:
                    self._log("warn", "No thread could be started for requests; they wait", reason=reason_of(error))
                time.sleep(0.1)

    def _serve(self, conn):
        try:
            rest, front = b"", pid_behind(conn)
            while True:
                rest = self._serve_one(conn, rest, front)
                if rest is None:
                    return
        except OSError:
            pass  # The front has closed the connection.
        except Exception:
            print_error("gw's worker has failed in a request:")
        finally:
            self._connections.discard(conn)
            conn.close()
            self._spares.fill()

    def _serve_one(self, conn, data, front):
        """What was read beyond the request; None when the connection is to be closed."""
        end = data.find(b"\r\n\r\n")
        while end < 0:
            piece = conn.recv(READ_BYTES)
            if not piece or len(data) > MOST_HEAD_BYTES:
                return None
            data += piece
            end = data.find(b"\r\n\r\n", max(0, len(data) - len(piece) - 3))
        try:
            environ, facts = self._environs.read(data[:end].decode("latin-1"))
        except (Refused, ValueError):
            self._log("warn", "A request that did not come from the front was refused")
            conn.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\nConnection: close\r\n\r\nForbidden\n")
            return None
        # Not the app's affair: it is about this connection.
        must_close = environ.pop("HTTP_CONNECTION", "").lower() == "close"
        environ["mod_wsgi.server_pid"] = front
        method, hand, read = environ["REQUEST_METHOD"], self._hand_for(facts.group(10)), data[end + 4 :]
        files = None if self._named_from is None else (self._named_from, environ)
        if self._watch is not None and self._watch.is_on:
            tally = Tally(self._watch, environ)
            body = CountedInput(conn, read, body_length(environ), tally)
            exchange = Exchange(conn, method, body, hand, tally, files)
        else:
            body = Input(conn, read, body_length(environ))
            exchange = Exchange(conn, method, body, hand, files=files)
        environ["wsgi.input"] = body
        if environ.pop("HTTP_EXPECT", "").lower() == "100-continue" and not body.is_complete:
            body.ask = exchange.ask_for_body
        place = self._places.take()
        try:
            environ["mod_wsgi.thread_id"] = place
            environ["mod_wsgi.thread_requests"] = self._places.count(place)
            self._run(exchange, environ, facts.group(3))
        finally:
            self._places.give(place)
        if exchange.is_broken or must_close:
            return None
        if not body.skip_what_is_here():
            return linger(conn)
        return body.rest()

    def _hand_for(self, invitation):
        if self._hands is None or invitation is None:
            return None
        return lambda descriptor, offset, count: self._hands.hand(invitation[1:], descriptor, offset, count)

    def _run(self, exchange, environ, request_id):
        if self._marks:
            REQUEST.mark = "\x1e%s\x1f" % request_id
        exchange.request_id = request_id
        try:
            REQUEST.data = exchange.data
            environ["mod_wsgi.total_requests"] = self._activity.begin(exchange)
            environ["mod_wsgi.application_start"] = str(int(time.time() * 1000000))
            self._answer(exchange, environ)
        except RequestTimeout:
            exchange.is_broken = True  # It came between the app's code and ours.
        finally:
            self._settle(exchange)

    def _settle(self, exchange):
        try:
            self._activity.end(exchange)
        except RequestTimeout:
            self._activity.end(exchange)
        exchange.body.is_over = True
        if exchange.tally is not None:
            exchange.tally.finish()
        flush_output()
        REQUEST.mark = REQUEST.data = None

    def _answer(self, exchange, environ):
        try:
            application = self._application
            if exchange.tally is not None:
                application = exchange.tally.start(application, exchange)
            run_application(application, environ, exchange)
            if exchange.missing > 0:
                what = "The app's answer to %s %s is %d bytes shorter than its Content-Length\n"
                asked = (environ["REQUEST_METHOD"], without_query(environ))
                sys.__stderr__.write(what % (*asked, exchange.missing))
        except ClientGone:
            exchange.is_broken = True
        except RequestTimeout:
            exchange.is_broken = True
            what = "A request was interrupted at its time limit, and its worker serves on"
            self._log("info", what, request=environ["UNIQUE_ID"], path=without_query(environ))
        except BaseException:
            print_error("The app has failed in %s %s:" % (environ["REQUEST_METHOD"], without_query(environ)))
            if exchange.tally is not None:
                exchange.tally.fail(sys.exc_info())
            fail_quietly(exchange)


def without_query(environ):
    """What is in a query is not for the log."""
    return environ["REQUEST_URI"].partition("?")[0]


def fail_quietly(exchange):
    try:
        exchange.fail()
    except ClientGone:
        pass


def run_application(application, environ, exchange):
    """Raises what the app raises, and ClientGone."""
    result = application(environ, exchange.start_response)
    try:
        if isinstance(result, FileWrapper) and exchange.send_file(result):
            exchange.end()
            return
        # Of a single block the length of the body is known.
        length = len(result[0]) if type(result) in (list, tuple) and len(result) == 1 else None
        for block in result:
            check_block(block)
            if block:
                exchange.send(block, length)
            if exchange.is_replaced:
                break
        exchange.end()
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()


def body_length(environ):
    """None for chunks. What the front has framed is right."""
    if "chunked" in environ.pop("HTTP_TRANSFER_ENCODING", "").lower():
        environ.pop("CONTENT_LENGTH", None)
        return None
    length = environ.get("CONTENT_LENGTH", "")
    return int(length) if length.isdigit() else 0


def linger(conn):
    """The answer is out, and the request still comes: a connection that is closed at once would take the answer back."""
    conn.shutdown(socket.SHUT_WR)
    until = time.monotonic() + LINGER_SECONDS
    while time.monotonic() < until:
        conn.settimeout(max(0.01, until - time.monotonic()))
        try:
            if not conn.recv(READ_BYTES):
                break
        except socket.timeout:
            break
    return None


def granted_backlog(wanted):
    try:
        with open("/proc/sys/net/core/somaxconn") as file:
            return min(wanted, int(file.read()))
    except (OSError, ValueError):
        return wanted


# ---- the module mod_wsgi ---------------------------------------------------------------------------------------------

# In the order in which a request goes through them.
PHASES = ("server_time", "queue_time", "daemon_time", "application_time", "request_time", "input_read_time", "output_write_time")
# Nothing tells how long a thread waits for the interpreter's lock.
UNMEASURED = "gil_wait_time"
OCTAVES, PARTS_OF_OCTAVE = 16, 4


def bucket_of(seconds):
    """The place in a distribution: four parts for each doubling from a millisecond on; the last one has what is longer than all."""
    ms = seconds * 1000
    if ms < 1:
        return 0
    octave = int(ms).bit_length() - 1
    if octave >= OCTAVES:
        return OCTAVES * PARTS_OF_OCTAVE
    return octave * PARTS_OF_OCTAVE + int((ms / 2 ** octave - 1) * PARTS_OF_OCTAVE)


class Phase:
    """How long one part of the requests took, in seconds."""

    def __init__(self):
        self.sum, self.least, self.most = 0.0, None, None
        self.buckets = [0] * (OCTAVES * PARTS_OF_OCTAVE + 1)

    def add(self, seconds):
        seconds = max(0.0, seconds)
        self.sum += seconds
        self.least = seconds if self.least is None else min(self.least, seconds)
        self.most = seconds if self.most is None else max(self.most, seconds)
        self.buckets[bucket_of(seconds)] += 1

    def tell(self, name, count):
        us = lambda seconds: None if seconds is None else int(seconds * 1000000)
        return {
            name: self.sum / count if count else 0.0,
            name + "_min_us": us(self.least),
            name + "_max_us": us(self.most),
            name + "_buckets": self.buckets,
        }


class Window:
    """What has been since somebody asked last."""

    def __init__(self, threads):
        self.began, self.cpu = time.time(), cpu_times()
        self.count = 0
        self.classes = [0] * 6
        self.sums = {"input_bytes": 0, "input_reads": 0, "output_bytes": 0, "output_writes": 0}
        self.phases = {name: Phase() for name in PHASES}
        self.completed = [0] * threads
        self.busy, self.cpus, self.longest = ([0.0] * threads for _ in range(3))

    def add(self, tally, finish, cpu):
        """`cpu`: seconds of the processor that the request took."""
        place = tally.place - 1
        self.count += 1
        self.classes[tally.status // 100 if 100 <= tally.status < 600 else 5] += 1
        for name, value in tally.sums().items():
            self.sums[name] += value
        for name, seconds in tally.phases(finish).items():
            self.phases[name].add(seconds)
        self.completed[place] += 1
        self.busy[place] += finish - max(tally.started, self.began)
        self.cpus[place] += cpu
        self.longest[place] = max(self.longest[place], finish - tally.started)


def cpu_times():
    """Seconds of the processor that this process has used in user mode, and in the kernel."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime, used.ru_stime


def cpu_of_thread():
    which = getattr(resource, "RUSAGE_THREAD", None)
    if which is None:
        return 0.0, 0.0
    used = resource.getrusage(which)
    return used.ru_utime, used.ru_stime


def resident_bytes():
    """Now, and at most so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize(), peak
    except (OSError, ValueError, IndexError):
        return peak, peak


class Tally:
    """One request, for those who follow requests by the module mod_wsgi."""

    def __init__(self, watch, environ):
        self._watch, self._environ = watch, environ
        self.exchange = None
        self.place = 0
        self.status = 0
        self.started = time.time()
        self._cpu = (0.0, 0.0)
        self.reads = self.bytes_in = self.writes = self.bytes_out = 0
        self.read_time = self.write_time = 0.0

    def read(self, size, seconds):
        self.reads, self.bytes_in, self.read_time = self.reads + 1, self.bytes_in + size, self.read_time + seconds

    def write(self, size, seconds):
        self.writes, self.bytes_out, self.write_time = self.writes + 1, self.bytes_out + size, self.write_time + seconds

    def sums(self):
        return {
            "input_bytes": self.bytes_in,
            "input_reads": self.reads,
            "output_bytes": self.bytes_out,
            "output_writes": self.writes,
        }

    def _at(self, name):
        return int(self._environ["mod_wsgi." + name]) / 1000000.0

    def phases(self, finish):
        return {
            "server_time": self._at("queue_start") - self._at("request_start"),
            "queue_time": self._at("daemon_start") - self._at("queue_start"),
            "daemon_time": self.started - self._at("daemon_start"),
            "application_time": finish - self.started,
            "request_time": finish - self._at("request_start"),
            "input_read_time": self.read_time,
            "output_write_time": self.write_time,
        }

    def _facts(self):
        times = {name: self._at(name) for name in ("request_start", "queue_start", "daemon_start")}
        return dict(
            times,
            request_id=self._environ["mod_wsgi.request_id"],
            request_data=self.exchange.data,
            thread_id=self.place,
            server_pid=int(self._environ["mod_wsgi.server_pid"]),
            application_start=self.started,
        )

    def start(self, application, exchange):
        """The application that is to be asked."""
        self.exchange, self.place = exchange, self._environ["mod_wsgi.thread_id"]
        self.started, self._cpu = self._at("application_start"), cpu_of_thread()
        self._watch.begin(self)
        event = dict(self._facts(), request_environ=self._environ, application_object=application)
        event.update(daemon_connects=1, daemon_restarts=0)
        return self._watch.publish("request_started", event)["application_object"]

    def respond(self, status, headers, exc_info):
        self.status = int(status[:3])
        event = {"request_id": self._environ["mod_wsgi.request_id"], "request_data": self.exchange.data}
        event.update(response_status=status, response_headers=headers, exception_info=exc_info)
        self._watch.publish("response_started", event)

    def fail(self, exc_info):
        if self.exchange is None:
            return
        event = {"request_id": self._environ["mod_wsgi.request_id"], "request_data": self.exchange.data}
        self._watch.publish("request_exception", dict(event, exception_info=exc_info))

    def finish(self):
        if self.exchange is None:
            return  # It was interrupted before it began.
        finish = time.time()
        user, system = (now - before for now, before in zip(cpu_of_thread(), self._cpu))
        self._watch.end(self, finish, user + system)
        event = dict(self._facts(), application_finish=finish, application_time=finish - self.started)
        event.update(input_reads=self.reads, input_length=self.bytes_in, input_time=self.read_time)
        event.update(output_writes=self.writes, output_length=self.bytes_out, output_time=self.write_time)
        event.update(status=self.status, cpu_user_time=user, cpu_system_time=system, cpu_time=user + system)
        self._watch.publish("request_finished", event)


class Watch:
    """What apps ask by the module mod_wsgi, and whom they want to be told. Costs requests nothing until somebody asks."""

    def __init__(self, setup, activity):
        python = setup["python"]
        self._threads = python["threads"]
        self._activity = activity
        self._lock = threading.Lock()
        self._following = set()
        self._window = None
        self._served, self._busy_time = [0] * self._threads, 0.0
        self._born = time.time()
        self.is_on = False
        self.callbacks, self.at_end, self.at_signals = [], [], []

    def subscribe(self, callbacks, callback):
        """The callback, so that this can be a decorator."""
        if not callable(callback):
            raise TypeError("a subscriber must be callable, and is %s" % type(callback).__name__)
        callbacks.append(callback)
        self.is_on = self.is_on or callbacks is self.callbacks
        return callback

    def publish(self, name, event, more=()):
        """What the event is when all have seen it."""
        for callback in self.callbacks + list(more):
            try:
                changed = callback(name, **event)
            except Exception:
                print_error("A subscriber has failed in %s:" % name)
                continue
            if isinstance(changed, dict):
                event.update(changed)
        return event

    def begin(self, tally):
        with self._lock:
            self._following.add(tally)

    def end(self, tally, finish, cpu):
        with self._lock:
            self._following.discard(tally)
            self._served[tally.place - 1] += 1
            self._busy_time += finish - tally.started
            if self._window is not None:
                self._window.add(tally, finish, cpu)

    def start_recording_metrics(self):
        with self._lock:
            if self._window is None:
                self._window = Window(self._threads)
                self.is_on = True

    def request_metrics(self):
        """Of the time since it was asked last; None where nothing is recorded."""
        with self._lock:
            window = self._window
            if window is None:
                return None
            self._window = Window(self._threads)
            now, running = self._window.began, list(self._following)
        elapsed = [0.0] * self._threads
        for tally in running:
            elapsed[tally.place - 1] = max(0.0, now - tally.started)
            window.busy[tally.place - 1] += max(0.0, now - max(tally.started, window.began))
        period = max(now - window.began, 0.000001)
        user, system = ((after - before) / period for after, before in zip(self._window.cpu, window.cpu))
        active = sum(1 for count, tail in zip(window.completed, elapsed) if count or tail)
        told = {"pid": os.getpid(), "start_time": window.began, "stop_time": now, "sample_period": period}
        told.update(request_count=window.count, request_throughput=window.count / period)
        told.update(request_threads_maximum=self._threads, request_threads_started=self._started())
        told.update(request_threads_active=active, capacity_utilization=sum(window.busy) / (period * self._threads))
        told.update(request_threads_completed=window.completed, request_threads_buckets=list(window.completed))
        told.update(request_threads_busy_time=window.busy, request_threads_cpu_time=window.cpus)
        told.update(request_threads_current_elapsed=elapsed, request_threads_max_duration=window.longest)
        for name, phase in list(window.phases.items()) + [(UNMEASURED, Phase())]:
            told.update(phase.tell(name, window.count))
        told.update(window.sums, gil_wait_count=0)
        told.update(("status_%dxx" % number, window.classes[number]) for number in range(1, 6))
        told.update(cpu_user_utilization=user, cpu_system_utilization=system, cpu_utilization=user + system)
        told.update(cpu_user_time=user, cpu_system_time=system, cpu_time=user + system)
        told["memory_rss"], told["memory_max_rss"] = resident_bytes()
        return told

    def _started(self):
        """Places that have ever been taken."""
        running = {tally.place for tally in list(self._following)}
        return sum(1 for place, count in enumerate(self._served, 1) if count or place in running)

    def process_metrics(self):
        """Since the process began; None where nothing is recorded."""
        if self._window is None:
            return None
        now, (user, system) = time.time(), cpu_times()
        with self._lock:
            busy = self._busy_time + sum(now - tally.started for tally in self._following)
            counts = list(self._served)
        told = {"pid": os.getpid(), "restart_time": self._born, "current_time": now}
        told.update(running_time=int(now - self._born), request_count=sum(counts), request_busy_time=busy)
        told.update(request_threads=self._started(), active_requests=self._activity.count())
        told.update(cpu_user_time=user, cpu_system_time=system, cpu_time=user + system)
        told["memory_rss"], told["memory_max_rss"] = resident_bytes()
        known = [(place, count) for place, count in enumerate(counts, 1) if count]
        told["threads"] = [{"thread_id": place, "request_count": count} for place, count in known]
        return told


def request_data():
    """What app and subscribers note about the request of this thread."""
    if REQUEST.data is None:
        raise RuntimeError("this thread works on no request")
    return REQUEST.data


def offer_mod_wsgi(setup, watch, activity):
    """`import mod_wsgi`: what the extension of that name has, in the package of that name where there is one."""
    module = installed_mod_wsgi()
    python = setup["python"]
    offered = {
        "version": MOD_WSGI_VERSION,
        "process_group": setup["group"],
        "application_group": "",
        "maximum_processes": python["processes"],
        "threads_per_process": python["threads"],
        "FileWrapper": FileWrapper,
        "RequestTimeout": RequestTimeout,
        "active_requests": activity.requests,
        "event_callbacks": watch.callbacks,
        "shutdown_callbacks": watch.at_end,
        "request_data": request_data,
        "subscribe_events": lambda callback: watch.subscribe(watch.callbacks, callback),
        "subscribe_shutdown": lambda callback: watch.subscribe(watch.at_end, callback),
        "subscribe_signals": lambda callback: watch.subscribe(watch.at_signals, callback),
        "start_recording_metrics": watch.start_recording_metrics,
        "request_metrics": watch.request_metrics,
        "process_metrics": watch.process_metrics,
        # What there is on all processes is asked of gw.
        "server_metrics": lambda: None,
    }
    for name, value in offered.items():
        setattr(module, name, value)


def installed_mod_wsgi():
    import importlib

    try:
        return importlib.import_module("mod_wsgi")
    except Exception:
        module = sys.modules["mod_wsgi"] = types.ModuleType("mod_wsgi", "What mod_wsgi offers to apps, by gw.")
        return module


# ---- the application ------------------------------------------------------------------------------------------------


def take_places(setup):
    """Where modules are imported from: the working directory first, by its path, then those that were named."""
    python = setup["python"]
    own = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if path not in ("", own)]
    first = [setup["home"]]
    if setup["app"] is not None and os.path.dirname(setup["app"]) not in first:
        first.append(os.path.dirname(setup["app"]))
    named = first + [path for path in python["path"] if path not in first]
    sys.path[:] = named + [path for path in others if path not in named]
    sys.argv[:] = [setup.get("script") or setup["app"] or ""] + setup["arguments"]


def find_application(setup):
    if setup["listen"] is None:
        return None  # A service, which is run when it is ready.
    return welcome if setup["app"] is None else load_application(setup)


def load_application(setup):
    """The callable. Raises StartFailed, and what the app raises."""
    path, name = setup["app"], setup["callableObject"]
    module_name = setup["python"].get("module")
    if module_name is not None:
        import importlib

        module = importlib.import_module(module_name)
    else:
        module = run_script(path, "_mod_wsgi_%08x" % (hash_text(path) & 0xFFFFFFFF))
    found = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        if os.path.basename(path or "") == "manage.py":
            raise StartFailed("app_load_failed", reason=NOT_MANAGE_PY)
        shown = ", ".join(callables_of(module)[:20]) or "nothing that can be called"
        raise StartFailed("app_callable_missing", path=path, name=name, exports=shown)
    if is_coroutine(found) or is_coroutine(getattr(type(found), "__call__", None)):
        raise StartFailed("app_load_failed", reason=NOT_ASGI % name)
    return found


NOT_ASGI = (
    "%s is an ASGI application, and gw serves WSGI; name the WSGI one where the framework has both, as Django does "
    "(wsgi.py, not asgi.py)"
)
NOT_MANAGE_PY = (
    "manage.py is a command of Django and no WSGI application; name that, as in "
    "gw start-server mysite.wsgi:application, or say python manage.py rungw (docs/django.md)"
)


def callables_of(module):
    """Names of what may be meant: objects that were made in it before its classes and functions, and no other module's."""

    def rank(value):
        is_made = not isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType))
        return 0 if is_made else 1 if getattr(value, "__module__", None) == module.__name__ else None

    ranked = [(rank(value), name) for name, value in vars(module).items() if callable(value) and name[0] != "_"]
    return [name for place, name in sorted(one for one in ranked if one[0] is not None)]


CO_COROUTINE = 0x80


def is_coroutine(function):
    """Whether it is written as `async def`: no WSGI application is."""
    return bool(getattr(getattr(function, "__code__", None), "co_flags", 0) & CO_COROUTINE)


def run_service(setup):
    import runpy

    module = setup["python"].get("module")
    if module is not None:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(setup["app"], run_name="__main__")


def hash_text(text):
    """The same in each process."""
    import zlib

    return zlib.crc32(text.encode("utf-8", "surrogateescape"))


def run_script(path, name):
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def welcome(environ, start_response):
    """What is served when there is no application."""
    text = b"<!doctype html><title>gw</title><h1>It works</h1><p>gw start-server wsgi.py serves your application.</p>\n"
    start_response("200 OK", [("Content-Type", "text/html;charset=utf-8"), ("Content-Length", str(len(text)))])
    return [text]


def load_failure(kind, error, trace):
    """The app's own error, for whoever has written it."""
    reason = "".join(traceback.format_exception_only(kind, error)).strip().splitlines()[-1]
    if isinstance(error, ModuleNotFoundError) and error.name:
        reason = (
            "there is no module %s; install it for %s, name the virtual environment that has it with --python-home, "
            "or its directory with --python-path" % (error.name, sys.executable)
        )
    if isinstance(error, SystemExit):
        reason = "it ended its process while it was loaded (%s)" % reason
    return StartFailed("app_load_failed", detail=format_error(kind, error, trace), reason=reason)


class Modules:
    """Tells which files the application consists of, where somebody wants to know."""

    def __init__(self, say, app):
        self._say, self._app = say, app
        self._told = None
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
        self._strange = tuple(os.path.join(prefix, "lib") + os.sep for prefix in prefixes)

    def files(self):
        found = {self._app} if self._app and os.path.isfile(self._app) else set()
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path != __file__ and self._is_apps(path):
                found.add(os.path.realpath(path))
        return found

    def _is_apps(self, path):
        return os.path.isabs(path) and not path.startswith(self._strange) and "site-packages" not in path

    def tell(self, missing=(), more=()):
        files = sorted(self.files() | set(more))
        if files != self._told or missing:
            self._told = files
            self._say("modules", files=files, missing=list(missing))

    def tell_failure(self, error, trace, home):
        """What one of them lacks is mended in a file that was read, or by one that is not there yet."""
        read = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)]
        if isinstance(error, SyntaxError) and error.filename:
            read.append(error.filename)
        missing = []
        if isinstance(error, ModuleNotFoundError) and error.name:
            place = os.path.join(home, *error.name.split("."))
            missing = [place + ".py", os.path.join(place, "__init__.py")]
        self.tell(missing, [path for path in read if self._is_apps(path) and os.path.isfile(path)])


# ---- hooks that say who may ask --------------------------------------------------------------------------------------

HOOK_THREADS = 16
HOOKS_STUCK_SECONDS = 5.0


class HookEnviron(dict):
    """The environ of a hook, which notes whether anything was looked at that another request of the same client may have otherwise."""

    has_looked = False
    SAME = frozenset(("REMOTE_ADDR", "REMOTE_HOST", "wsgi.errors", "mod_wsgi.version"))

    def _look(self, key=None):
        if key not in self.SAME:
            self.has_looked = True

    def __getitem__(self, key):
        self._look(key)
        return dict.__getitem__(self, key)

    def __contains__(self, key):
        self._look(key)
        return dict.__contains__(self, key)

    def get(self, key, default=None):
        self._look(key)
        return dict.get(self, key, default)

    def pop(self, key, *default):
        self._look(key)
        return dict.pop(self, key, *default)

    def setdefault(self, key, default=None):
        self._look(key)
        return dict.setdefault(self, key, default)

    def __iter__(self):
        self._look()
        return dict.__iter__(self)

    def keys(self):
        self._look()
        return dict.keys(self)

    def values(self):
        self._look()
        return dict.values(self)

    def items(self):
        self._look()
        return dict.items(self)

    def copy(self):
        self._look()
        return dict(dict.items(self))


def hook_environ(question):
    """As mod_wsgi builds it for auth scripts: what CGI has of a request, without a body."""
    request, client, tls = question["request"], question["client"], question["tls"]
    environ = HookEnviron()
    fields = request["headers"]
    for name, value in zip(fields[0::2], fields[1::2]):
        if not PLAIN_NAME(name) or name.lower() == "proxy":
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key
        known = dict.get(environ, key)
        environ[key] = value if known is None else known + ("; " if key == "HTTP_COOKIE" else ", ") + value
    path, _, query = request["target"].partition("?")
    host = dict.get(environ, "HTTP_HOST", "")
    environ.update(
        REQUEST_METHOD=request["method"],
        REQUEST_URI=request["target"],
        SCRIPT_NAME="",
        PATH_INFO=merge_slashes(unquote(path)),
        QUERY_STRING=query,
        SERVER_NAME=re.sub(":[0-9]*$", "", host),
        SERVER_PORT=(re.findall(":([0-9]+)$", host) or ["443" if tls.get("HTTPS") == "on" else "80"])[0],
        SERVER_ADMIN="[no address given]",
        SERVER_SIGNATURE="",
        SERVER_SOFTWARE="gw/" + VERSION,
        SERVER_PROTOCOL="HTTP/1.1",
        GATEWAY_INTERFACE="CGI/1.1",
        REMOTE_ADDR=client["address"],
        REMOTE_HOST=client["address"],
        REMOTE_PORT=str(client["port"]),
    )
    environ["wsgi.errors"] = sys.__stderr__
    environ["mod_wsgi.version"] = MOD_WSGI_VERSION
    environ["mod_wsgi.process_group"] = environ["mod_wsgi.application_group"] = ""

    def is_https():
        environ.has_looked = True
        return 1 if tls.get("HTTPS") == "on" else 0

    def var_lookup(name):
        environ.has_looked = True
        return tls.get(name.decode("latin-1") if isinstance(name, bytes) else name)

    environ["mod_ssl.is_https"], environ["mod_ssl.var_lookup"] = is_https, var_lookup
    return environ


class HookRunner:
    """Runs functions of the operator's scripts, for the auth process that has started this one (src/auth/python-hooks.ts)."""

    def __init__(self, channel):
        self._channel = channel
        self._functions, self._modules = {}, {}
        self._calls = []
        self._wake = threading.Condition()
        self._busy, self._answered_at = 0, time.monotonic()

    def run(self):
        for _ in range(HOOK_THREADS):
            start_thread(self._work, "hooks")
        start_thread(self._beat, "heartbeat")
        while True:
            message = self._channel.hear()
            if message is None:
                os_exit(EXIT_ORPHANED)
            kind = message.get("type")
            if kind == "hooks":
                sys.path[:] = [message["home"]] + message["path"] + [one for one in sys.path[1:] if one]
            elif kind == "load":
                self._load(message["key"], message["script"], message["name"])
            elif kind == "call":
                with self._wake:
                    self._calls.append(message)
                    self._wake.notify()

    def _beat(self):
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            # One whose threads all wait for something answers nobody any more.
            if self._busy < HOOK_THREADS or time.monotonic() - self._answered_at < HOOKS_STUCK_SECONDS:
                self._channel.say("alive")

    def _load(self, key, script, name):
        try:
            if script not in self._modules:
                self._modules[script] = run_script(script, "_gw_hooks_%08x" % hash_text(script))
            module = self._modules[script]
            function = getattr(module, name, None)
            if not callable(function):
                known = sorted(one for one, value in vars(module).items() if callable(value) and one[0] != "_")
                facts = {"script": script, "name": name, "exports": ", ".join(known) or "nothing"}
                return self._channel.say("failed", key=key, cause="auth_function_missing", facts=facts)
            self._functions[key] = function
        except BaseException:
            failure = load_failure(*sys.exc_info())
            facts = dict(failure.facts, script=script)
            return self._channel.say("failed", key=key, cause="auth_script_failed", facts=facts, detail=failure.detail)
        self._channel.say("loaded", key=key)

    def _work(self):
        while True:
            with self._wake:
                while not self._calls:
                    self._wake.wait()
                call = self._calls.pop(0)
                self._busy += 1
            environ = hook_environ(call["question"])
            told = {}
            try:
                told["value"] = plain_result(self._functions[call["key"]](environ, *call["words"]))
            except BaseException:
                told["error"] = format_error(*sys.exc_info())
            flush_output()
            self._channel.say("answer", id=call["id"], hasLooked=environ.has_looked, **told)
            with self._wake:
                self._busy -= 1
                self._answered_at = time.monotonic()


def plain_result(result):
    """As JSON has it. What a hook may answer is judged by who has asked; a secret is never shown."""
    if result is None or isinstance(result, (bool, str)):
        return result
    if isinstance(result, (list, tuple, set, frozenset)) or hasattr(result, "__next__"):
        return [one if isinstance(one, str) else None for one in itertools.islice(result, 100001)]
    raise TypeError("the hook has returned a value of the type %s" % type(result).__name__)


def run_hooks(channel):
    failure = None
    try:
        check_interpreter()
    except StartFailed as error:
        failure = error
    if failure is None:
        threading.stack_size(REQUEST_STACK_BYTES)
        take_output()
        HookRunner(channel).run()
    while True:
        message = channel.hear()
        if message is None:
            os_exit(EXIT_ORPHANED)
        if message.get("type") == "load":
            channel.say("failed", key=message["key"], cause=failure.cause, facts=failure.facts)


# ---- the whole ------------------------------------------------------------------------------------------------------

REASONS = {"SIGTERM": "shutdown_signal", "SIGUSR1": "eviction_signal", "SIGXCPU": "cpu_time_limit"}
IGNORED = ("SIGINT", "SIGHUP", "SIGUSR2")
FOR_SUBSCRIBERS = ("SIGHUP", "SIGUSR2")
OWN_SIGNALS = {getattr(signal, name) for name in tuple(REASONS) + IGNORED + ("SIGURG",) if hasattr(signal, name)}


class Worker:
    """From the greeting to the end."""

    def __init__(self, channel):
        self.channel = channel
        self.activity = Activity()
        self.watch = None
        self.withdrawn = None
        self.departure = Departure(self._say, self._finish)
        self.done = threading.Event()
        self.is_in_main = False
        self.is_service = False
        self.is_urgent = False
        self.step = "configure"
        self.server = None
        self.pid = os.getpid()
        self.app_handlers = {}
        self.interrupt_after = None
        self._beat_at = time.monotonic()

    def _say(self, message, **fields):
        if message == "drained":
            self._beat()
        self.channel.say(message, **fields)

    def _finish(self, has_goodbye):
        """Nothing is left to be done but the app's own code for the end, which is the main thread's."""
        self.is_urgent = not has_goodbye
        self.done.set()
        if self.is_urgent or not self.is_in_main:
            self._exit()
        if self.is_service:
            # Its own code for the end is run where it is, as by any signal.
            signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)

    def _exit(self):
        self.channel.say("bye", reason=self.departure.reason or "")
        flush_output()
        os_exit(EXIT_LEFT)

    # -- signals

    def obey_signals(self):
        """They are seen by a thread that reads them from a pipe: the main thread may be in code that never looks up."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        for name in tuple(REASONS) + IGNORED:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        start_thread(lambda: self._read_signals(reader), "signals")

    def _on_signal(self, number, frame):
        """In the main thread. What a signal means to this worker is seen elsewhere; here a service is told that it is time."""
        if not self.is_service or not self.departure.has_finished:
            return
        handler = self._app_handler()
        if handler is None:
            raise SystemExit(EXIT_LEFT)
        handler(number, frame)

    def _app_handler(self):
        """What the app has set for its end."""
        handlers = [self.app_handlers.get(int(one)) for one in (signal.SIGTERM, signal.SIGINT)]
        return next((one for one in handlers if callable(one)), None)

    def _read_signals(self, reader):
        numbers = {int(getattr(signal, name)): reason for name, reason in REASONS.items() if hasattr(signal, name)}
        names = {int(getattr(signal, name)): name for name in FOR_SUBSCRIBERS if hasattr(signal, name)}
        while True:
            for number in os.read(reader, 64):
                if number in numbers:
                    self.departure.ask(numbers[number])
                elif number in names and self.watch is not None and (self.watch.at_signals or self.watch.callbacks):
                    event = {"signum": number, "signame": names[number]}
                    tell = lambda event=event: self.watch.publish("process_signal", event, self.watch.at_signals)
                    start_thread(tell, "subscribers of signals")

    def keep_signals(self):
        """What the app wants to do at the end it does when its requests are done, whatever way it is told."""
        set_signal, get_signal = signal.signal, signal.getsignal

        def set_own(number, handler):
            if number not in OWN_SIGNALS or os.getpid() != self.pid:
                return set_signal(number, handler)
            if not callable(handler) and handler not in (signal.SIG_DFL, signal.SIG_IGN):
                raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
            before = get_own(number)
            self.app_handlers[int(number)] = handler
            return before

        def get_own(number):
            if number not in OWN_SIGNALS or os.getpid() != self.pid:
                return get_signal(number)
            return self.app_handlers.get(int(number), signal.SIG_DFL)

        signal.signal, signal.getsignal = set_own, get_own

    # -- the channel

    def listen_to_supervisor(self):
        while True:
            message = self.channel.hear()
            if message is None:
                os_exit(EXIT_ORPHANED)
            try:
                self._take(message)
            except Exception:  # What is said next must be heard.
                print_error("gw's worker has failed at what it was told:")

    def _take(self, message):
        kind = message.get("type")
        if kind == "stay":
            self.departure.stay()
        elif kind == "withdrawn":
            self.withdrawn = message["reason"]
        elif kind == "examine":
            try:
                start_thread(lambda: self._examine(message), "examine")
            except (RuntimeError, MemoryError) as error:
                self.channel.say("examined", id=message["id"], reason=reason_of(error))
        elif kind == "drain":
            self.departure.leave("drain", message["withinMs"], message.get("isUrgent", False))

    def _examine(self, order):
        try:
            told = examine(order)
        except Exception as error:
            told = {"reason": str(error)}
        self.channel.say("examined", id=order["id"], **told)

    def receive_setup(self):
        while True:
            message = self.channel.hear()
            if message is None:
                os_exit(EXIT_ORPHANED)
            if message.get("type") == "configure" and "worker" in message:
                return message["worker"]
            self._take(message)

    def beat_on(self):
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            self._beat()
            if self.interrupt_after is not None:
                self.activity.interrupt(self.interrupt_after)

    def _beat(self):
        now = time.monotonic()
        lag_ms = max(0, int((now - self._beat_at - HEARTBEAT_SECONDS) * 1000))
        self._beat_at = now
        self.channel.say("heartbeat", lagMs=lag_ms, **self.activity.read())

    # -- the start

    def enter(self, step):
        self.step = step
        self.channel.say("step", step=step)

    def answer_stack_signal(self):
        """The stacks of all threads are written by a handler in C, also while other code in C holds the interpreter's lock."""
        if faulthandler is None or not hasattr(signal, "SIGURG"):
            return
        faulthandler.register(signal.SIGURG, file=2, all_threads=True)
        faulthandler.enable(file=2, all_threads=False)
        self.channel.say("traceable", mark=MARK, writing="faulthandler")

    def settle_in(self, setup):
        """All that the process gives up, and becomes, before it meets the app."""
        python = setup["python"]
        self.answer_stack_signal()
        for name in python["hides"]:
            os.environ.pop(name, None)
        stack = setup["limits"].get("stackBytes", REQUEST_STACK_BYTES)
        threading.stack_size(max(stack, 64 * 1024))
        take_limits(setup["limits"], setup["shutdownTimeoutMs"], stack * (python["threads"] + 1), self.channel.log)
        check_identity(setup["identity"])
        sys.setswitchinterval(python["switchIntervalMs"] / 1000.0)
        if "interruptAfterMs" in python:
            self.interrupt_after = python["interruptAfterMs"] / 1000.0
        if "eggs" in python:
            os.environ["PYTHON_EGG_CACHE"] = python["eggs"]
        if setup.get("envFiles"):
            read_env_files(setup["envFiles"])
        if "locale" in python:
            take_locale(python["locale"], self.channel.log)
        show_title(python["title"])
        take_places(setup)
        self.watch = Watch(setup, self.activity)
        offer_mod_wsgi(setup, self.watch, self.activity)
        self.keep_signals()
        os.register_at_fork(after_in_child=self._on_fork)
        # Nothing of this file is the app's, nor of processes that multiprocessing starts for it.
        sys.modules["_gw_worker"] = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")

    def _on_fork(self):
        self.channel.close()
        if self.server is not None:
            self.server.close()
        signal.set_wakeup_fd(-1)

    def start(self, setup):
        modules = Modules(self.channel.say, setup["app"]) if setup["tellsModules"] else None
        try:
            self.settle_in(setup)
            self.enter("load")
            application = find_application(setup)
        except StartFailed:
            raise
        except BaseException:
            kind, error, trace = sys.exc_info()
            if modules:
                modules.tell_failure(error, trace, setup["home"])
            raise load_failure(kind, error, trace)
        if setup["listen"] is None:
            return self.run_service(setup)
        self.enter("listen")
        self.server = Server(setup, application, self.activity, self.channel.log, self.watch)
        backlog = self.server.listen(setup)
        self.departure.finish_first(self.activity.count, setup)
        self.is_in_main = True
        self.server.start()
        if modules:
            modules.tell()
            start_thread(lambda: tell_on(modules), "modules")
        kind = "WSGI" if setup["app"] is not None else "welcome page"
        limits = dict(read_back(setup["identity"]), listenBacklog=backlog)
        self.channel.say("ready", kind=kind, limits=limits, saysContinue=True, **({"app": setup["app"]} if setup["app"] else {}))

    def run_service(self, setup):
        """The program of a service is the main one, and this process ends with it."""
        self.departure.finish_first(lambda: 0, setup)
        self.is_in_main = True
        self.is_service = True
        self.channel.say("ready", kind="service", limits=read_back(setup["identity"]), app=setup["app"])
        try:
            run_service(setup)
            code = EXIT_LEFT
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:
            print_error("The service has failed:")
            code = 1
        self._end_service(code)

    def _end_service(self, code):
        self.is_service = False
        self._say_goodbye(has_handlers=False)
        if not self.departure.has_finished:
            self.channel.say("bye", reason="the program has ended")
            if code:
                self.channel.say("exits", code=code)
            os_exit(code)
        self._exit()

    # -- the end

    def wait(self):
        self.done.wait()
        self._say_goodbye()
        self._exit()

    def _tell_stopping(self):
        reason = self.withdrawn or (self.departure.reason or "").partition(",")[0]
        self.watch.publish("process_stopping", {"shutdown_reason": reason}, self.watch.at_end)

    def _say_goodbye(self, has_handlers=True):
        handler = self._app_handler() if has_handlers else None
        acts = [self._tell_stopping] if self.watch else []
        acts += [lambda: handler(int(signal.SIGTERM), None)] if handler else []
        acts += [getattr(threading, "_shutdown", lambda: None), atexit._run_exitfuncs]
        for act in acts:
            try:
                act()
            except SystemExit:
                pass
            except BaseException:
                print_error("The app has failed in its code for the end:")


def tell_on(modules):
    while True:
        time.sleep(MODULES_SECONDS)
        modules.tell()


os_exit = os._exit


def note_exit_calls(worker):
    """An app that ends its process by itself is told apart from one that was killed."""

    def exit_now(status):
        if os.getpid() == worker.pid:
            worker.channel.say("exits", code=status)
        os_exit(status)

    os._exit = exit_now


def main():
    channel = Channel(int(os.environ.pop("NODE_CHANNEL_FD")))
    os.environ.pop("NODE_CHANNEL_SERIALIZATION_MODE", None)
    tie_to_parent()
    if sys.argv[2:3] == ["hooks"]:
        return run_hooks(channel)
    hello = {"protocol": PROTOCOL, "role": "worker", "pid": os.getpid(), "version": VERSION}
    worker = None
    try:
        try:
            check_interpreter()
            threading.stack_size(OWN_STACK_BYTES)
            worker = Worker(channel)
            worker.obey_signals()
        finally:
            channel.say("hello", **hello)
        take_output()
        setup = worker.receive_setup()
        start_thread(worker.listen_to_supervisor, "life channel")
        start_thread(worker.beat_on, "heartbeat")
        note_exit_calls(worker)
        worker.start(setup)
    except StartFailed as failure:
        told = {"cause": failure.cause, "facts": failure.facts, "step": worker.step if worker else "configure"}
        if failure.detail:
            told["detail"] = failure.detail
        channel.say("failed", **told)
        os_exit(EXIT_COULD_NOT_START)
    worker.wait()


# In the place of the file of the outermost frame, so that the supervisor knows where the stacks of this process end.
MARK = os.urandom(16).hex()

if __name__ == "__main__":
    exec(compile("main()", MARK, "exec"))
