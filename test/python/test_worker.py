"""The worker in Python, piece by piece: a front end is played on one end of a pair of sockets, and applications of all sorts are on
the other. Run by test/python/worker.test.ts, and by hand: python3 -m unittest discover -s test/python"""

import errno
import importlib.util
import io
import itertools
import os
import random
import socket
import sys
import tempfile
import threading
import time
import unittest
import warnings
from wsgiref.validate import validator

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC = importlib.util.spec_from_file_location("gw_worker", os.path.join(ROOT, "python", "worker.py"))
worker = importlib.util.module_from_spec(SPEC)
sys.dont_write_bytecode = True
SPEC.loader.exec_module(worker)

TOKEN = "token-of-this-test"
VISIT = "x-gw-visit: %s http r1 192.0.2.7 40001 12 @8000@192.0.2.1%s"
OK = ("200 OK", [("Content-Type", "text/plain")])


def setup(**python):
    told = {"threads": 2, "processes": 1, "isMultiprocess": False, "isRunOnce": False, "path": [], "trustsPrefix": False, "hides": []}
    told.update(tellsSsl=False, reloadsScript=True, trustsPort=False, variables={})
    return {
        "python": dict(told, **python),
        "listen": {"unix": "/nowhere", "token": TOKEN},
        "mount": "/",
        "app": "/srv/wsgi.py",
        "home": "/srv",
        "group": "default",
        "callableObject": "application",
        "tellsModules": False,
        "publicHost": "gw.example",
        "publicPort": 8000,
    }


def head(method="GET", target="/", fields=(), behind=""):
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: app.example:8000", VISIT % (TOKEN, behind)]
    return ("\r\n".join(lines + list(fields)) + "\r\n\r\n").encode("latin-1")


class Played:
    """A server with one connection to it."""

    def __init__(self, application, told=None, activity=None, watch=None):
        self.printed = io.StringIO()
        self.logged = []
        before = sys.__stderr__
        sys.__stderr__ = self.printed
        try:
            self.server = worker.Server(told or setup(), application, activity or worker.Activity(), self._log, watch)
        finally:
            sys.__stderr__ = before
        self.front, self.conn = socket.socketpair()
        self.front.settimeout(10)
        self.thread = threading.Thread(target=self.server._serve, args=(self.conn,), daemon=True)
        self.thread.start()

    def _log(self, level, text, **facts):
        self.logged.append((level, text))

    def ask(self, *pieces):
        """Sends, lets the worker see that nothing more comes, and returns all that it says."""
        for piece in pieces:
            self.front.sendall(piece)
        self.front.shutdown(socket.SHUT_WR)
        answer = b""
        for piece in iter(lambda: self.front.recv(65536), b""):
            answer += piece
        self.thread.join(10)
        self.front.close()
        return Answer(answer)


class Answer:
    def __init__(self, data):
        self.data = data
        top, _, self.rest = data.partition(b"\r\n\r\n")
        lines = top.decode("latin-1").split("\r\n")
        self.status = lines[0][9:]
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:]]

    def field(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def is_whole(self):
        if self.field("Transfer-Encoding"):
            return self.rest.endswith(b"0\r\n\r\n")
        return len(self.rest) == int(self.field("Content-Length")[0])


class Quiet(unittest.TestCase):
    """What is printed is looked at, and not shown."""

    def setUp(self):
        self._before = sys.__stderr__
        sys.__stderr__ = self.errors = io.StringIO()

    def tearDown(self):
        sys.__stderr__ = self._before

    def ask(self, application, *pieces, **python):
        return Played(application, setup(**python)).ask(*(pieces or (head(),)))


def answering(*blocks, status="200 OK", fields=(("Content-Type", "text/plain"),)):
    def application(environ, start_response):
        start_response(status, list(fields))
        return list(blocks)

    return application


class Validated(Quiet):
    """Under wsgiref.validate both sides keep PEP 3333, or the answer is 500."""

    def corpus(self):
        def generator(environ, start_response):
            start_response(*OK)
            yield b"one "
            yield b""
            yield b"two"

        def writer(environ, start_response):
            write = start_response(*OK)
            write(b"one ")
            write(b"two")
            return []

        def reader(environ, start_response):
            body = environ["wsgi.input"]
            text = body.read(2) + body.readline() + b"".join(body.readlines(100))
            start_response(*OK)
            return [text]

        def corrected(environ, start_response):
            start_response(*OK)
            try:
                raise ValueError("on purpose")
            except ValueError:
                start_response("500 Sorry", [("Content-Type", "text/plain")], sys.exc_info())
            return [b"sorry"]

        def file(environ, start_response):
            start_response(*OK)
            return environ["wsgi.file_wrapper"](io.BytesIO(b"x" * 20000), 512)

        def errors(environ, start_response):
            environ["wsgi.errors"].write("noted\n")
            environ["wsgi.errors"].writelines(["more\n"])
            environ["wsgi.errors"].flush()
            start_response("204 No Content", [])
            return []

        return [answering(b"hello"), answering(), answering(b"a", b"b"), generator, writer, reader, corrected, file, errors]

    def test_all(self):
        asked = [
            (head(),),
            (head("HEAD"),),
            (head("POST", "/a%20b?c=d", ["Content-Length: 11", "Content-Type: text/plain"]), b"abc\ndef\nghi"),
            (head("POST", "/", ["Transfer-Encoding: chunked"]), b"3\r\nabc\r\n", b"4;x\r\n\ndef\r\n0\r\n\r\n"),
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for application, request in itertools.product(self.corpus(), asked):
                answer = self.ask(validator(application), *request)
                name = getattr(application, "__name__", "")
                self.assertNotIn("Traceback", self.errors.getvalue(), name)
                self.assertIn(answer.status[:3], ("200", "204", "500"), name)
                if not request[0].startswith(b"HEAD") and answer.status[:3] != "204":
                    self.assertTrue(answer.is_whole, (name, answer.data))


class Answers(Quiet):
    def test_length_of_one_block_is_told(self):
        answer = self.ask(answering(b"hello"))
        self.assertEqual((answer.field("Content-Length"), answer.rest), (["5"], b"hello"))

    def test_several_blocks_are_chunks_each_at_once(self):
        answer = self.ask(answering(b"one", b"", b"two"))
        self.assertEqual(answer.rest, b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")

    def test_none_at_all(self):
        answer = self.ask(answering())
        self.assertEqual((answer.field("Content-Length"), answer.rest), (["0"], b""))

    def test_more_than_was_said_is_left_out(self):
        answer = self.ask(answering(b"abc", b"def", fields=[("Content-Length", "4")]))
        self.assertEqual(answer.rest, b"abcd")

    def test_less_than_was_said_is_never_whole(self):
        played = Played(answering(b"abc", fields=[("Content-Length", "4")]))
        answer = played.ask(head() + head())
        self.assertEqual(answer.data.count(b"HTTP/1.1"), 1)
        self.assertIn("answer to GET / is 1 bytes shorter than its Content-Length", self.errors.getvalue())

    def test_a_second_request_on_the_connection(self):
        answer = Played(answering(b"hello")).ask(head() + head("HEAD") + head())
        self.assertEqual(answer.data.count(b"HTTP/1.1 200 OK"), 3)
        self.assertEqual(answer.data.count(b"hello"), 2)

    def test_what_has_no_body_gets_none(self):
        for status in ("204 No Content", "304 Not Modified"):
            answer = self.ask(answering(b"hello", status=status))
            self.assertEqual((answer.rest, answer.field("Transfer-Encoding")), (b"", []))

    def test_head_tells_what_get_would(self):
        get, asked = (self.ask(answering(b"hello"), head(method)) for method in ("GET", "HEAD"))
        self.assertEqual((get.fields, asked.rest), (asked.fields, b""))

    def test_fields_of_one_name_stay_apart_and_framing_is_not_the_apps(self):
        fields = [("WWW-Authenticate", 'A b="c, d"'), ("WWW-Authenticate", "E"), ("Set-Cookie", "f"), ("Set-Cookie", "g")]
        own = [("Connection", "close"), ("Transfer-Encoding", "gzip"), ("X-GW-File", "h")]
        answer = self.ask(answering(b"", fields=fields + own))
        self.assertEqual(answer.fields, fields + [("Content-Length", "0")])

    def test_bad_heads_are_500_and_say_why(self):
        cases = [
            (b"200 OK", [], "the status must be str"),
            ("20 OK", [], "three digits"),
            ("200 OK\r\nA: b", [], "three digits"),
            ("200 OK\n", [], "three digits"),
            ("200 a\tb", [], "three digits"),
            ("100 Continue", [], "from 200 on"),
            ("200 OK", (("A", "b"),), "headers must be a list"),
            ("200 OK", [["A", "b"]], "must be a tuple"),
            ("200 OK", [("A", 1)], "must be str"),
            ("200 OK", [("A b", "c")], "no name of a header"),
            ("200 OK", [("A", "b\r\nC: d")], "control character"),
            ("200 OK", [("A", "\u20ac")], "latin-1"),
            ("200 OK", [("A\n", "b")], "no name of a header"),
            ("200 OK", [("Content-Length", "-1")], "is no number"),
            ("200 OK", [("Content-Length", "1\n")], "control character"),
        ]
        for status, fields, why in cases:

            def application(environ, start_response):
                start_response(status, fields)
                return [b"never"]

            answer = self.ask(application)
            self.assertEqual((answer.status, answer.rest), ("500 Internal Server Error", b"Internal Server Error\n"))
            self.assertIn(why, self.errors.getvalue())

    def test_of_some_fields_the_last_one_holds(self):
        fields = [("Content-Type", "a/b"), ("X", "1"), ("content-type", "c/d"), ("Location", "/a"), ("Location", "/b"), ("X", "2")]
        answer = self.ask(answering(b"a", fields=fields))
        self.assertEqual([answer.field(name) for name in ("Content-Type", "Location", "X")], [["c/d"], ["/b"], ["1", "2"]])

    def test_exc_info_is_a_tuple(self):
        def application(environ, start_response):
            start_response(*OK, "bad")
            return []

        self.assertEqual(self.ask(application).status[:3], "500")

    def test_start_response_after_the_end_is_refused(self):
        kept = []

        def application(environ, start_response):
            kept.append(start_response)
            start_response(*OK)
            return [b"a"]

        self.ask(application)
        self.assertRaisesRegex(RuntimeError, "over", kept[0], *OK)

    def test_bodies_that_are_not_of_bytes(self):
        for body in (["text"], "text", [1], None):

            def application(environ, start_response):
                start_response(*OK)
                return body

            self.assertEqual(self.ask(application).status[:3], "500", body)

    def test_start_response_is_called_once(self):
        def twice(environ, start_response):
            start_response(*OK)
            start_response(*OK)

        def never(environ, start_response):
            return [b"a"]

        self.assertEqual(self.ask(twice).status[:3], "500")
        self.assertEqual(self.ask(never).status[:3], "500")
        self.assertIn("start_response was not called", self.errors.getvalue())

    def test_an_error_after_the_head_cuts_and_before_it_is_500(self):
        def late(environ, start_response):
            start_response(*OK)
            yield b"begun"
            raise ValueError("on purpose")

        def reported(environ, start_response):
            start_response(*OK)
            yield b"begun"
            try:
                raise ValueError("on purpose")
            except ValueError:
                start_response("500 Sorry", [], sys.exc_info())

        for application in (late, reported):
            self.assertFalse(self.ask(application).is_whole)
            self.assertIn("ValueError: on purpose", self.errors.getvalue())
        self.assertNotIn("python/worker.py", self.errors.getvalue().splitlines()[2])

    def test_exit_in_a_request_is_an_error_of_it(self):
        def application(environ, start_response):
            sys.exit(3)

        self.assertEqual(Played(application).ask(head() + head()).data.count(b"HTTP/1.1 500"), 2)

    def test_close_is_called_whatever_happens(self):
        closed = []

        class Body:
            def __init__(self, fails):
                self.fails = fails

            def __iter__(self):
                yield b"a"
                if self.fails:
                    raise ValueError("on purpose")

            def close(self):
                closed.append(self.fails)

        for fails in (False, True):

            def application(environ, start_response):
                start_response(*OK)
                return Body(fails)

            self.ask(application)
        self.assertEqual(closed, [False, True])

    def test_a_client_that_has_gone_ends_the_body(self):
        produced, closed = [], threading.Event()

        def endless():
            try:
                for number in itertools.count():
                    produced.append(number)
                    yield b"x" * 65536
            finally:
                closed.set()

        def application(environ, start_response):
            start_response(*OK)
            return endless()

        played = Played(application)
        played.front.sendall(head())
        played.front.recv(1)
        played.front.close()
        self.assertTrue(closed.wait(10))
        self.assertNotIn("Traceback", self.errors.getvalue())

    def test_an_answer_before_the_end_of_the_request(self):
        played = Played(answering(b"too much", status="413 Too Large"))
        played.front.sendall(head("POST", "/", ["Content-Length: 1000000"]) + b"a")
        answer = b""
        for piece in iter(lambda: played.front.recv(65536), b""):
            answer += piece
        self.assertIn(b"Connection: close\r\n", answer)
        played.front.sendall(b"more")  # It is listened to for a while yet.
        played.front.close()

    def test_a_body_that_is_held_back_is_asked_for_by_the_first_read_alone(self):
        expects = head("POST", fields=["Expect: 100-continue", "Content-Length: 2"])
        seen = []

        def reads(environ, start_response):
            seen.append(("HTTP_EXPECT" in environ, environ["wsgi.input"].read(0)))
            body = environ["wsgi.input"].read()
            start_response("200 OK", [])
            return [body]

        answer = Played(reads).ask(expects, b"ab").data
        self.assertEqual(answer.count(b"HTTP/1.1 100 Continue\r\n\r\n"), 1)
        self.assertTrue(answer.startswith(b"HTTP/1.1 100 ") and answer.endswith(b"\r\n\r\nab"))
        self.assertEqual(seen, [(False, b"")])

        def reads_late(environ, start_response):
            start_response("200 OK", [])(b"head")
            return [environ["wsgi.input"].read()]

        for application in (reads_late, lambda environ, start_response: start_response("403 No", []) and []):
            self.assertNotIn(b" 100 ", Played(application).ask(expects, b"ab").data)

    def test_input_after_the_end_is_refused(self):
        kept = []

        def application(environ, start_response):
            kept.append((environ["wsgi.input"], start_response(*OK)))
            return []

        self.ask(application)
        for late in (lambda: kept[0][0].read(), lambda: kept[0][1](b"a")):
            self.assertRaises(RuntimeError, late)


class Files(Quiet):
    def sent(self, offset=0, fields=(), method="GET", size=100000):
        with tempfile.TemporaryFile() as file:
            file.write(bytes(number % 251 for number in range(size)))
            file.seek(offset)

            class Kept:
                fileno, tell, read = file.fileno, file.tell, file.read

            def application(environ, start_response):
                start_response("200 OK", list(fields))
                return environ["wsgi.file_wrapper"](Kept(), 1000)

            answer = self.ask(application, head(method))
            self.assertEqual(file.tell(), offset)
            file.seek(0)
            return answer, file.read()

    def test_from_where_it_stands_to_its_end(self):
        for offset in (0, 1, 99999, 100000):
            answer, whole = self.sent(offset)
            self.assertEqual((answer.rest, answer.field("Content-Length")), (whole[offset:], [str(100000 - offset)]))

    def test_as_many_bytes_as_the_app_has_said(self):
        answer, whole = self.sent(10, [("Content-Length", "20")])
        self.assertEqual(answer.rest, whole[10:30])
        answer, whole = self.sent(10, [("Content-Length", "200")], size=100)
        self.assertFalse(answer.is_whole)

    def test_head_sends_none_of_it(self):
        answer, _ = self.sent(10, method="HEAD")
        self.assertEqual((answer.rest, answer.field("Content-Length")), (b"", ["99990"]))

    def test_a_client_that_goes_in_the_middle_of_it_is_no_error_of_the_app(self):
        with tempfile.TemporaryFile() as file:
            file.truncate(64 * worker.MEGABYTE)

            def application(environ, start_response):
                start_response(*OK)
                return environ["wsgi.file_wrapper"](file)

            played = Played(application)
            played.front.sendall(head())
            self.assertTrue(played.front.recv(1000).startswith(b"HTTP/1.1 200 OK"))
            played.front.close()
            played.thread.join(10)
        self.assertEqual((played.thread.is_alive(), self.errors.getvalue()), (False, ""))

    def test_after_a_first_block_it_is_read(self):
        def application(environ, start_response):
            start_response(*OK)(b"first ")
            return environ["wsgi.file_wrapper"](open(os.path.join(ROOT, "LICENSE"), "rb"))

        answer = self.ask(application)
        self.assertTrue(answer.is_whole)
        self.assertTrue(answer.rest.startswith(b"6\r\nfirst \r\n"))


class Named(Quiet):
    """A file that the answer names by X-Sendfile."""

    def asked(self, name="a.txt", fields=(), status="200 OK", asked=(), method="GET", blocks=(b"never sent",), named=True):
        with tempfile.TemporaryDirectory() as place:
            for file in ("a.txt", "\u00e4.txt"):
                with open(os.path.join(place, file), "wb") as out:
                    out.write(b"0123456789")
            told = dict(setup(), home=place, files={"byField": named})
            application = answering(*blocks, status=status, fields=[("x-SendFile", name)] + list(fields))
            return Played(application, told).ask(head(method, fields=asked))

    def test_is_the_answer_with_the_fields_of_the_app(self):
        for blocks in ((), (b"never sent",), (b"never ", b"sent")):
            answer = self.asked(fields=[("X-App", "yes")], blocks=blocks)
            self.assertEqual((answer.status, answer.rest, answer.is_whole), ("200 OK", b"0123456789", True))
            self.assertEqual((answer.field("X-Sendfile"), answer.field("X-App")), ([], ["yes"]))
            self.assertEqual(answer.field("Content-Type"), ["text/plain;charset=utf-8"])

    def test_its_name_is_bytes_in_characters_or_characters(self):
        for name in ("\u00e4.txt", "\u00e4.txt".encode().decode("latin-1")):
            self.assertEqual(self.asked(name).rest, b"0123456789")

    def test_the_length_that_the_app_says_bounds_it_unless_it_is_that_of_the_body(self):
        for said, length, rest in ((4, "4", b"0123"), (10, "10", b"0123456789"), (0, "10", b"0123456789"), (40, "40", b"0123456789")):
            answer = self.asked(fields=[("Content-Length", str(said))])
            self.assertEqual((answer.field("Content-Length"), answer.rest), ([length], rest))

    def test_one_range_of_a_200_answer(self):
        part = (["bytes 2-3/10"], b"23", "206 Partial Content")
        whole = ([], b"0123456789", "200 OK")
        for asked, fields, expected in (
            (["Range: bytes=2-3"], [], part),
            (["Range: bytes=-8", "If-Range: \"a\""], [("ETag", '"a"')], (["bytes 2-9/10"], b"23456789", part[2])),
            (["Range: bytes=2-3", "If-Range: \"b\""], [("ETag", '"a"')], whole),
            (["Range: bytes=2-3,5-6"], [], whole),
            (["Range: bytes=20-"], [], whole),
            (["Range: bytes=3-2"], [], whole),
            (["Range: bytes=-"], [], whole),
            (["Range: bytes=2-3"], [("Content-Range", "bytes 0-9/99")], (["bytes 0-9/99"],) + whole[1:]),
        ):
            answer = self.asked(asked=asked, fields=fields)
            self.assertEqual((answer.field("Content-Range"), answer.rest, answer.status), expected, asked)

    def test_head_and_statuses_without_a_body(self):
        answer = self.asked(method="HEAD", asked=["Range: bytes=2-3"])
        self.assertEqual((answer.status, answer.rest, answer.field("Content-Length")), ("200 OK", b"", ["10"]))
        answer = self.asked("none", status="304 Not Modified", blocks=())
        self.assertEqual((answer.status, answer.rest, answer.field("X-Sendfile")), ("304 Not Modified", b"", []))

    def test_what_cannot_be_sent_is_told_to_the_author(self):
        for name, reason in (("none", "ENOENT"), (".", "it is no regular file"), ("a.txt/b", "ENOTDIR")):
            answer = self.asked(name, fields=[("X-App", "yes")])
            self.assertEqual((answer.status, answer.rest), ("500 Internal Server Error", b"Internal Server Error\n"))
            self.assertIn("which cannot be sent: " + reason, self.errors.getvalue())

    def test_without_the_option_it_is_a_field(self):
        answer = self.asked(named=False)
        self.assertEqual((answer.field("X-Sendfile"), answer.rest), (["a.txt"], b"never sent"))


class Printing(Quiet):
    """An app that has put something else in the place of standard output."""

    def test_that_cannot_be_written_to(self):
        closed = io.StringIO()
        closed.close()

        def application(environ, start_response):
            start_response(*OK)
            return [b"ok"]

        for other in (None, closed):
            before, sys.stdout = sys.stdout, other
            try:
                answer = Played(application).ask(head())
            finally:
                sys.stdout = before
            self.assertEqual((answer.status, answer.rest, self.errors.getvalue()), ("200 OK", b"ok", ""))


class Handed(Quiet):
    """A file that is handed to the front end open, in the place of a body."""

    def play(self, start):
        """The answer with a file from `start` on, which is 11 bytes larger than what is sent; what came through the channel; and the file's size."""
        with tempfile.TemporaryDirectory() as place:
            told = dict(setup(), backlog=5, files={"handsOver": True})
            told["listen"] = {"unix": os.path.join(place, "w"), "token": TOKEN}
            path, size = os.path.join(place, "file"), worker.SENT_MOST + 11
            with open(path, "wb") as made:
                made.write(b"0123456789" + b"x" * (size - 10))

            def application(environ, start_response):
                start_response(*OK)
                file = open(path, "rb")
                file.seek(start)
                return environ["wsgi.file_wrapper"](file)

            played = Played(application, told)
            played.server.listen(told)
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            channel.setblocking(False)
            channel.connect(told["listen"]["unix"] + ".f")
            name = "0123456789abcdef"
            channel.send(("%s %s" % (TOKEN, name)).encode())
            answer = played.ask(head(behind=" +" + name))
            try:
                came = socket.recv_fds(channel, 100, 1)[:2]
            except BlockingIOError:
                came = None
            channel.close()
            played.server.close()
            return answer, came, size

    def test_to_who_has_invited(self):
        answer, (token, descriptors), size = self.play(10)
        self.assertEqual(answer.field("X-GW-File"), ["%s 10 %d" % (token.decode(), size - 10)])
        self.assertEqual((answer.field("Content-Length"), answer.rest), (["0"], b""))
        self.assertEqual(os.pread(descriptors[0], 3, 0), b"012")
        os.close(descriptors[0])

    def test_a_small_part_is_sent(self):
        answer, came, size = self.play(11)
        self.assertEqual((came, answer.field("X-GW-File")), (None, []))
        self.assertEqual(answer.rest, b"x" * (size - 11))

    def test_a_stranger_gets_none(self):
        with tempfile.TemporaryDirectory() as place:
            hands = worker.FileHands({"unix": os.path.join(place, "w"), "token": TOKEN})
            stranger = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stranger.connect(os.path.join(place, "w.f"))
            stranger.send(b"another 0123456789abcdef")
            self.assertIsNone(hands.hand("0123456789abcdef", 0, 0, 1))
            stranger.close()
            hands.close()


class Inputs(unittest.TestCase):
    def test_reads_as_a_file_does(self):
        chance = random.Random(7)
        for _ in range(300):
            data = bytes(chance.choice(b"ab\n") for _ in range(chance.randrange(60)))
            ours, whole = self.input(data, chance), io.BytesIO(data)
            for _ in range(8):
                name, size = chance.choice(("read", "readline")), chance.choice((-1, None, 0, 1, 3, 1000))
                self.assertEqual(getattr(ours, name)(size), getattr(whole, name)(size), (data, name, size))
            self.assertEqual(list(ours), list(whole))
            self.assertEqual(ours.read(), b"")

    def input(self, data, chance):
        front, conn = socket.socketpair()
        self.addCleanup(front.close)
        self.addCleanup(conn.close)
        if chance.random() < 0.5:
            cut = chance.randrange(len(data) + 1)
            front.sendall(data[cut:] + b"NEXT")
            return worker.Input(conn, data[:cut], len(data))
        framed = b""
        while data:
            size = chance.randrange(1, 9)
            framed += b"%x\r\n%b\r\n" % (len(data[:size]), data[:size])
            data = data[size:]
        framed += b"0\r\nX: y\r\n\r\nNEXT"
        cut = chance.randrange(len(framed) + 1)
        front.sendall(framed[cut:])
        return worker.Input(conn, framed[:cut], None)

    def test_a_line_without_an_end_is_copied_only_once(self):
        class Pieces:
            """Of a connection that gives what is asked for."""

            def recv(self, most):
                return b"x" * most

        size = 32 * worker.MEGABYTE
        body = worker.Input(Pieces(), b"", size)
        began = time.process_time()
        self.assertEqual(len(body.readline()), size)
        whole, began = time.process_time() - began, time.process_time()
        self.assertEqual(len(worker.Input(Pieces(), b"", size).read()), size)
        self.assertLess(whole, 20 * (time.process_time() - began) + 0.5)

    def test_a_client_that_goes_is_told(self):
        front, conn = socket.socketpair()
        front.close()
        self.assertRaises(OSError, worker.Input(conn, b"ab", 5).read)
        conn.close()


class Hardship(Quiet):
    """Memory or threads are gone for a moment: whoever has to hear goes on hearing."""

    def test_connections_are_accepted_again(self):
        played = Played(answering(b"served"))
        near, far = socket.socketpair()
        outcomes = [MemoryError(), OSError(errno.ENFILE, "full"), (far, None), OSError(errno.EBADF, "closed")]
        starts = [MemoryError(), RuntimeError("can't start new thread")]
        start_before = worker.start_thread

        class Listener:
            def accept(self):
                outcome = outcomes.pop(0)
                if isinstance(outcome, tuple):
                    return outcome
                raise outcome

        def start(act, name):
            if starts:
                raise starts.pop(0)
            return start_before(act, name)

        worker.start_thread = start
        try:
            played.server._listener = Listener()
            played.server._accept()
        finally:
            worker.start_thread = start_before
        near.settimeout(10)
        near.sendall(head(fields=["Connection: close"]))
        self.assertTrue(near.makefile("rb").read().endswith(b"served"))
        near.close()
        played.ask()
        self.assertEqual((outcomes, starts), ([], []))

    def test_the_supervisor_is_heard_on(self):
        said = []

        class Channel:
            orders = [{"type": "examine", "id": 7}, {"type": "withdrawn"}, {"type": "withdrawn", "reason": "r"}]

            def say(self, message, **fields):
                said.append((message, fields))

            def hear(self):
                return self.orders.pop(0) if self.orders else None

        def start(act, name):
            raise RuntimeError("can't start new thread")

        def leave(code):
            raise SystemExit(code)

        heard = worker.Worker(Channel())
        before = worker.start_thread, worker.os_exit
        worker.start_thread, worker.os_exit = start, leave
        try:
            self.assertRaises(SystemExit, heard.listen_to_supervisor)
        finally:
            worker.start_thread, worker.os_exit = before
        self.assertEqual(said, [("examined", {"id": 7, "reason": "can't start new thread"})])
        self.assertEqual(heard.withdrawn, "r")
        self.assertIn("KeyError", self.errors.getvalue())


class Environ(Quiet):
    def seen(self, *pieces, told=None):
        kept = {}

        def application(environ, start_response):
            kept.update(environ)
            start_response(*OK)
            return []

        Played(application, told).ask(*(pieces or (head(),)))
        return kept

    def test_what_the_front_tells(self):
        seen = self.seen(head("GET", "/a%20b%C3%BC%2Fc?d=%20"))
        expected = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/a b\xc3\xbc/c",
            "QUERY_STRING": "d=%20",
            "REQUEST_URI": "/a%20b%C3%BC%2Fc?d=%20",
            "SERVER_NAME": "app.example",
            "SERVER_PORT": "8000",
            "SERVER_ADDR": "192.0.2.1",
            "REMOTE_ADDR": "192.0.2.7",
            "REMOTE_PORT": "40001",
            "HTTP_HOST": "app.example:8000",
            "UNIQUE_ID": "r1",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }
        self.assertEqual({key: seen[key] for key in expected}, expected)
        self.assertGreaterEqual(int(seen["mod_wsgi.daemon_start"]) - int(seen["mod_wsgi.request_start"]), 12000)
        self.assertEqual([key for key in seen if key in ("HTTPS", "HTTP_X_GW_VISIT", "CONTENT_LENGTH")], [])

    def test_escapes_that_are_none_stay(self):
        for path, expected in (("/%", "/%"), ("/%zz%41", "/%zzA"), ("/%+1", "/%+1"), ("/%e2%82%ac", "/\xe2\x82\xac")):
            self.assertEqual(self.seen(head("GET", path))["PATH_INFO"], expected)

    def test_a_mount(self):
        told = dict(setup(), mount="/shop")
        prefix = ["X-Forwarded-Prefix: /shop"]
        seen = self.seen(head("GET", "/cart//a", prefix, " /shop/"), told=told)
        self.assertEqual([seen[key] for key in ("SCRIPT_NAME", "PATH_INFO", "REQUEST_URI")], ["/shop", "/cart/a", "/shop/cart//a"])
        seen = self.seen(head("GET", "/?a=b", prefix, " /shop"), told=told)
        self.assertEqual([seen[key] for key in ("SCRIPT_NAME", "PATH_INFO", "REQUEST_URI")], ["/shop", "", "/shop?a=b"])
        seen = self.seen(head("GET", "/", ["X-Forwarded-Prefix: /evil"]))
        self.assertEqual(seen["SCRIPT_NAME"], "")

    def test_fields(self):
        fields = ["Cookie: a=1", "Cookie: b=2", "X-A:  c ", "X-A: d", "X_B: e", "X-B.C: f", "Content-Type: g", "Proxy: h"]
        seen = self.seen(head("GET", "/", fields))
        self.assertEqual((seen["HTTP_COOKIE"], seen["HTTP_X_A"], seen["CONTENT_TYPE"]), ("a=1; b=2", "c, d", "g"))
        self.assertEqual([key for key in seen if "B" in key and key.startswith("HTTP_X")] + [key for key in seen if "PROXY" in key], [])

    def test_a_user_only_where_gw_has_asked(self):
        fields = ["X-Remote-User: ann"]
        self.assertNotIn("REMOTE_USER", self.seen(head("GET", "/", fields)))
        told = setup(user={"field": "X-Remote-User", "authType": "Basic"})
        seen = self.seen(head("GET", "/", fields), told=told)
        self.assertEqual((seen["REMOTE_USER"], seen["AUTH_TYPE"]), ("ann", "Basic"))

    def test_what_tls_has_settled(self):
        fields = ["X-SSL-CLIENT-S-DN-Email: a@b", "X-SSL-CLIENT-CERT: a%0Ab"]
        self.assertEqual([key for key in self.seen(head("GET", "/", fields)) if key.startswith("SSL_")], [])
        seen = self.seen(head("GET", "/", fields), told=setup(tellsSsl=True))
        self.assertEqual((seen["SSL_CLIENT_S_DN_Email"], seen["SSL_CLIENT_CERT"]), ("a@b", "a\nb"))
        self.assertEqual([key for key in seen if key.startswith("HTTP_X")], [])

    def test_the_clients_protocol(self):
        for behind, expected in (("", "HTTP/1.1"), (" =HTTP/1.0", "HTTP/1.0"), (" =HTTP/2.0 +0123456789abcdef ~x /", "HTTP/2.0")):
            self.assertEqual(self.seen(head(behind=behind))["SERVER_PROTOCOL"], expected)

    def test_a_scheme_that_the_operator_has_set(self):
        self.assertEqual(self.seen(told=dict(setup(), scheme="https"))["wsgi.url_scheme"], "https")

    def test_fields_are_remembered_and_no_change_of_the_apps_is(self):
        environs = worker.Environs(setup(), True)
        for target in ("/a", "/b"):
            environ, _ = environs.read(head(target=target, fields=["X-Same: 1"])[:-4].decode())
            self.assertEqual((environ["PATH_INFO"], environ.pop("HTTP_X_SAME")), (target, "1"))
        for number in range(2 * worker.Environs.MOST_KNOWN):
            environs.read(head(fields=["X-Number: %d" % number])[:-4].decode())
        environs.read(head(fields=["X-Long: " + "x" * worker.Environs.LONGEST_KNOWN])[:-4].decode())
        self.assertLessEqual(len(environs._known), worker.Environs.MOST_KNOWN)
        self.assertLessEqual(max(map(len, environs._known)), worker.Environs.LONGEST_KNOWN)

    def test_the_port_that_a_trusted_proxy_has_told(self):
        fields = ["X-Forwarded-Port: 8443"]
        ports = [self.seen(head(fields=fields), told=setup(trustsPort=trusts))["SERVER_PORT"] for trusts in (False, True)]
        self.assertEqual(ports, ["8000", "8443"])

    def test_what_the_operator_has_set_is_below_all_else(self):
        seen = self.seen(told=setup(variables={"COLOR": "red", "REQUEST_METHOD": "NONE", "HTTP_HOST": "other"}))
        self.assertEqual([seen[name] for name in ("COLOR", "REQUEST_METHOD", "HTTP_HOST")], ["red", "GET", "app.example:8000"])

    def test_strangers(self):
        for request in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", head().replace(TOKEN.encode(), b"else"), b"x\r\n\r\n"):
            played = Played(answering(b"never"))
            self.assertEqual(played.ask(request).status[:3], "403")
            self.assertEqual(len(played.logged), 1)


class Accepting(Quiet):
    def test_where_no_thread_is_left_requests_wait(self):
        refusals, start = [1, 2], worker.start_thread

        def start_late(act, name):
            if name == "requests" and refusals:
                refusals.pop()
                raise RuntimeError("can't start new thread")
            return start(act, name)

        with tempfile.TemporaryDirectory() as directory:
            told, logged = setup(), []
            told.update(backlog=5, listen={"unix": os.path.join(directory, "s"), "token": TOKEN})
            server = worker.Server(told, answering(b"late"), worker.Activity(), lambda *line, **facts: logged.append(line[1]))
            server.listen(told)
            worker.start_thread = start_late
            try:
                server.start()
                with socket.socket(socket.AF_UNIX) as client:
                    client.settimeout(10)
                    client.connect(told["listen"]["unix"])
                    client.sendall(head())
                    self.assertIn(b" 200 ", client.recv(1000))
            finally:
                worker.start_thread = start
                server.close()
        self.assertEqual((refusals, logged), ([], ["No thread could be started for requests; they wait"]))


class Loading(unittest.TestCase):
    def test_an_asgi_application_is_told(self):
        texts = ["async def application(scope, receive, send): pass", "class A:\n async def __call__(self, scope, receive, send): pass\napplication = A()"]
        with tempfile.TemporaryDirectory() as directory:
            for text in texts:
                path = os.path.join(directory, "app.py")
                with open(path, "w") as file:
                    file.write(text)
                with self.assertRaises(worker.StartFailed) as caught:
                    worker.load_application(dict(setup(), app=path))
                self.assertIn("ASGI", caught.exception.facts["reason"])


    def refusal_of(self, name, text):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, name)
            with open(path, "w") as file:
                file.write(text)
            with self.assertRaises(worker.StartFailed) as caught:
                worker.load_application(dict(setup(), app=path))
            return caught.exception

    def test_what_may_have_been_meant_is_told_objects_first_and_nothing_imported(self):
        text = "from os.path import join\nfrom threading import Thread\ndef view(): pass\nclass App:\n def __call__(self): pass\nzapp = App()\n"
        self.assertEqual(self.refusal_of("app.py", text).facts["exports"], "zapp, App, view")
        self.assertEqual(self.refusal_of("app.py", "x = 1").facts["exports"], "nothing that can be called")

    def test_the_command_of_django_is_told_from_its_application(self):
        refusal = self.refusal_of("manage.py", "def main(): pass")
        self.assertEqual(refusal.cause, "app_load_failed")
        self.assertIn("mysite.wsgi:application", refusal.facts["reason"])


class Limits(unittest.TestCase):
    def test_plan(self):
        mega = 2 ** 20
        plan = worker.plan_limits({"memoryBytes": mega, "cpuTimeMs": 1500}, 5000, (10 * mega, 20 * mega), 2 * mega)
        self.assertEqual(plan[0][:4], ("memoryLimit", mega, "RLIMIT_DATA", 13 * mega))
        self.assertEqual(plan[1], ("cpuTimeLimit", 1500, "RLIMIT_CPU", 2, 8, None))
        [small] = worker.plan_limits({"virtualMemoryBytes": 21 * mega}, 0, (10 * mega, 20 * mega), 2 * mega)
        self.assertEqual(small[5], "the interpreter alone takes 22M")
        [unknown] = worker.plan_limits({"memoryBytes": mega}, 0, None, 0)
        self.assertIn("not known", unknown[5])


class Output(unittest.TestCase):
    def test_lines_are_whole_and_bear_the_request(self):
        reader, writer = os.pipe()
        with open(writer, "wb", buffering=0) as binary:
            output = worker.LineOutput(writer, binary)
            output.write("a")
            output.write("b\nc")
            worker.REQUEST.mark = "\x1er1\x1f"
            output.write("d\ne\n\udc80\n")
            worker.REQUEST.mark = None
            output.flush()
        with open(reader, "rb") as file:
            self.assertEqual(file.read(), b"ab\n\x1er1\x1fcd\n\x1er1\x1fe\n\x1er1\x1f\\udc80\n")


class TestLook(unittest.TestCase):
    def test_figures_are_numbers_under_names_of_ours(self):
        figures = worker.examine({"what": "figures", "forMs": 0})["figures"]
        self.assertGreater(figures["rssBytes"], 0)
        self.assertGreaterEqual(figures["peakRssBytes"], figures["rssBytes"] // 2)
        self.assertIn("gcCollections2", figures)
        self.assertTrue(all(isinstance(value, int) for value in figures.values()))

    def test_samples_meet_what_the_app_is_at_and_no_thread_of_the_worker(self):
        begun, done = threading.Event(), threading.Event()

        def lingers():
            begun.set()
            done.wait()

        thread = threading.Thread(target=lambda: worker.run_application(lambda environ, start: lingers() or [], {}, FakeExchange()))
        thread.start()
        begun.wait()
        try:
            told = worker.examine({"what": "samples", "forMs": 50})
        finally:
            done.set()
            thread.join()
        self.assertGreater(told["total"], 0)
        self.assertIn("wait", told["counts"][0][0])
        self.assertEqual(sum(count for _, count in told["counts"]), told["total"])

    def test_objects_are_counted_by_their_kind(self):
        class Basket(list):
            pass

        kept = [Basket() for _ in range(100000)]
        told = worker.examine({"what": "objects", "forMs": 0})
        self.assertIn(["Basket", len(kept)], told["counts"])
        self.assertLessEqual(len(told["counts"]), worker.MOST_ROWS)
        self.assertGreaterEqual(told["total"], len(kept))

    def test_what_it_cannot_do_it_says(self):
        self.assertIn("reason", worker.examine({"what": "heap", "forMs": 0, "path": "/nowhere"}))


class FakeExchange:
    def start_response(self, status, headers, exc_info=None):
        return lambda data: None

    def __getattr__(self, name):
        return lambda *given: None


if __name__ == "__main__":
    unittest.main()
