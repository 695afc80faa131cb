"""The app of the contract of workers, in Python. apps/app.ts is the same for the one that gw itself is."""
import threading


def fail_after(block):
    yield block
    raise RuntimeError("on purpose")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/throw":
        raise RuntimeError("on purpose")
    if path == "/hang":
        threading.Event().wait()
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [body]
    if path == "/hello":
        fields = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        fields += [("X-Seen", environ.get("HTTP_X_SENT", "nothing")), ("X-Visit", environ.get("HTTP_X_GW_VISIT", "nothing"))]
        start_response("200 OK", fields)
        return [b"hello"]
    start_response("200 OK", [])
    if path == "/stream":
        return iter([b"one ", b"two ", b"three"])
    if path == "/cut":
        return fail_after(b"one ")
    return [environ["wsgi.url_scheme"].encode()]
