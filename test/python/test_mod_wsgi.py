"""What the worker in Python offers by `import mod_wsgi`: events, what runs, and figures."""

import importlib
import sys
import threading
import time
import unittest

from test_worker import OK, Played, Quiet, head, setup, worker


class Module(Quiet):
    """Each test has the module anew."""

    def setUp(self):
        super().setUp()
        self.activity = worker.Activity()
        self.told = setup(threads=3, processes=2)
        self.watch = worker.Watch(self.told, self.activity)
        self.before = sys.modules.pop("mod_wsgi", None)
        worker.offer_mod_wsgi(self.told, self.watch, self.activity)
        self.module = importlib.import_module("mod_wsgi")

    def tearDown(self):
        sys.modules.pop("mod_wsgi", None)
        if self.before is not None:
            sys.modules["mod_wsgi"] = self.before
        super().tearDown()

    def ask(self, application, *pieces):
        return Played(application, self.told, self.activity, self.watch).ask(*(pieces or [head()]))

    def heard(self):
        """All events from now on."""
        events = []

        @self.module.subscribe_events
        def note(name, **event):
            events.append((name, event))

        return events


def reading(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("201 Created", [("Content-Type", "text/plain")])
    return [body, b"!"]


POST = head("POST", fields=["Content-Length: 5"]) + b"hello"


class Facts(Module):
    def test_what_it_says_of_the_process(self):
        module = self.module
        self.assertEqual((module.process_group, module.application_group), ("default", ""))
        self.assertEqual((module.maximum_processes, module.threads_per_process), (2, 3))
        self.assertIs(module.FileWrapper, worker.FileWrapper)
        self.assertIsNone(module.server_metrics())
        self.assertFalse(issubclass(module.RequestTimeout, Exception))

    def test_the_environ_counts_places_and_requests(self):
        seen = []

        def application(environ, start_response):
            seen.append([environ["mod_wsgi." + name] for name in ("version", "thread_id", "thread_requests", "total_requests")])
            start_response(*OK)
            return []

        self.ask(application, head() + head())
        self.assertEqual(seen, [[self.module.version, 1, 1, 1], [self.module.version, 1, 2, 2]])

    def test_notes_on_a_request_while_it_runs(self):
        seen = []

        def application(environ, start_response):
            self.module.request_data()["noted"] = 1
            seen.append((environ["mod_wsgi.request_id"], dict(self.module.active_requests)))
            start_response(*OK)
            return []

        self.ask(application)
        self.assertEqual(seen, [("r1", {"r1": {"noted": 1}})])
        self.assertEqual(self.module.active_requests, {})
        self.assertRaises(RuntimeError, self.module.request_data)

    def test_a_package_of_that_name_keeps_what_it_has(self):
        package = sys.modules["mod_wsgi"] = type(sys)("mod_wsgi")
        package.own = 1
        worker.offer_mod_wsgi(self.told, self.watch, self.activity)
        self.assertEqual((package.own, package.process_group), (1, "default"))


class Events(Module):
    def test_of_a_request(self):
        events = self.heard()
        self.assertEqual(self.ask(reading, POST).status, "201 Created")
        self.assertEqual([name for name, _ in events], ["request_started", "response_started", "request_finished"])
        started, responded, finished = (event for _, event in events)
        self.assertIs(started["application_object"], reading)
        self.assertEqual((started["request_id"], started["thread_id"]), ("r1", 1))
        order = ["request_start", "queue_start", "daemon_start", "application_start", "application_finish"]
        times = [finished[name] for name in order]
        self.assertEqual(times, sorted(times))
        self.assertEqual((responded["response_status"], responded["exception_info"]), ("201 Created", None))
        figures = [finished[name] for name in ("status", "input_reads", "input_length", "output_writes")]
        self.assertEqual(figures, [201, 1, 5, 3])
        self.assertGreater(finished["output_length"], 6)
        self.assertIs(started["request_data"], finished["request_data"])

    def test_a_subscriber_may_put_another_application_in_the_place(self):
        def wrapped(environ, start_response):
            start_response(*OK)
            return [b"wrapped"]

        @self.module.subscribe_events
        def replace(name, **event):
            return {"application_object": wrapped} if name == "request_started" else None

        self.assertIn(b"wrapped", self.ask(reading).data)

    def test_of_a_failure(self):
        events = self.heard()

        def application(environ, start_response):
            raise ValueError("on purpose")

        self.assertEqual(self.ask(application).status[:3], "500")
        self.assertEqual([name for name, _ in events], ["request_started", "request_exception", "request_finished"])
        self.assertIs(events[1][1]["exception_info"][0], ValueError)
        self.assertEqual(events[2][1]["status"], 0)

    def test_a_subscriber_that_fails_is_shown_and_hurts_nobody(self):
        @self.module.subscribe_events
        def fail(name, **event):
            raise ValueError("on purpose")

        events = self.heard()
        self.assertEqual(self.ask(reading, POST).status, "201 Created")
        self.assertEqual(len(events), 3)
        self.assertIn("A subscriber has failed in request_started", self.errors.getvalue())

    def test_the_end_is_for_all_and_for_those_of_the_end(self):
        events, ends = self.heard(), []
        self.module.subscribe_shutdown(lambda name, **event: ends.append((name, event)))
        self.watch.publish("process_stopping", {"shutdown_reason": "maximum_requests"}, self.watch.at_end)
        self.assertEqual(events, [("process_stopping", {"shutdown_reason": "maximum_requests"})])
        self.assertEqual(ends, events)


class Figures(Module):
    def test_nothing_before_somebody_wants_them(self):
        self.ask(reading, POST)
        self.assertEqual((self.module.request_metrics(), self.module.process_metrics()), (None, None))
        self.assertFalse(self.watch.is_on)

    def test_of_requests_since_they_were_asked_for_last(self):
        self.module.start_recording_metrics()
        self.ask(reading, POST)
        figures = self.module.request_metrics()
        self.assertEqual((figures["request_count"], figures["status_2xx"], figures["status_5xx"]), (1, 1, 0))
        self.assertEqual((figures["input_bytes"], figures["input_reads"], figures["output_writes"]), (5, 1, 3))
        self.assertEqual(figures["request_threads_completed"], [1, 0, 0])
        self.assertEqual((figures["request_threads_active"], figures["request_threads_maximum"]), (1, 3))
        self.assertEqual([sum(figures[name + "_buckets"]) for name in worker.PHASES], [1] * len(worker.PHASES))
        self.assertEqual(figures["queue_time_min_us"], figures["queue_time_max_us"])
        self.assertAlmostEqual(figures["queue_time"], 0.012, 6)
        self.assertGreaterEqual(figures["request_time"], figures["application_time"])
        after = self.module.request_metrics()
        self.assertEqual((after["request_count"], after["queue_time_min_us"], sum(after["queue_time_buckets"])), (0, None, 0))
        self.assertEqual(after["start_time"], figures["stop_time"])

    def test_of_one_that_still_runs(self):
        self.module.start_recording_metrics()
        entered, go_on = threading.Event(), threading.Event()

        def application(environ, start_response):
            entered.set()
            go_on.wait(10)
            start_response(*OK)
            return []

        played = Played(application, self.told, self.activity, self.watch)
        played.front.sendall(head())
        entered.wait(10)
        until = time.time() + 10
        while time.time() == self.watch._window.began and time.time() < until:
            pass
        figures, process = self.module.request_metrics(), self.module.process_metrics()
        go_on.set()
        played.ask()
        self.assertEqual((figures["request_count"], figures["request_threads_active"]), (0, 1))
        self.assertGreater(figures["request_threads_current_elapsed"][0], 0)
        self.assertGreater(figures["capacity_utilization"], 0)
        self.assertEqual((process["active_requests"], process["request_threads"]), (1, 1))

    def test_of_the_process(self):
        self.module.start_recording_metrics()
        self.ask(reading, POST + POST)
        figures = self.module.process_metrics()
        self.assertEqual((figures["request_count"], figures["threads"]), (2, [{"thread_id": 1, "request_count": 2}]))
        self.assertGreater(figures["memory_rss"], 2 ** 20)
        self.assertGreater(figures["memory_max_rss"], 2 ** 20)
        self.assertGreater(figures["cpu_time"], 0)

    def test_the_place_of_a_time_in_the_distribution(self):
        cases = {0: 0, 0.0009: 0, 0.001: 0, 0.00126: 1, 0.00199: 3, 0.002: 4, 0.003: 6, 1.024: 40, 65.535: 63, 65.536: 64, 999: 64}
        self.assertEqual({seconds: worker.bucket_of(seconds) for seconds in cases}, cases)
