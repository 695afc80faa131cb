"""Hooks in Python, as mod_wsgi's auth scripts are written, with all that they can answer."""
import hashlib
import os
import threading
import time


def allow_access(environ, host):
    path = environ["PATH_INFO"]
    if path == "/access/false":
        return False
    if path == "/access/odd":
        return 1
    if path == "/access/throws":
        raise RuntimeError("on purpose")
    if path == "/access/seen":
        print("seen", host, environ["REMOTE_ADDR"], environ["REQUEST_METHOD"], environ.get("HTTP_AUTHORIZATION"))
        print("tls", environ["mod_ssl.is_https"](), environ["mod_ssl.var_lookup"]("HTTPS"), environ["mod_ssl.var_lookup"](b"NONE"))
    if path == "/access/kill":
        os.kill(os.getpid(), 9)
    return None


def check_password(environ, user, password):
    print("asked", user)
    if user == "throws":
        raise RuntimeError("on purpose")
    if user == "hangs":
        threading.Event().wait()
    return {"ann": password == "right", "bob": "robert", "odd": 1, "empty": ""}.get(user)


def get_realm_hash(environ, user, realm):
    if user != "ann":
        return None
    return hashlib.md5(("%s:%s:right" % (user, realm)).encode()).hexdigest()


def groups_for_user(environ, user):
    if user == "robert":
        return iter(["guests"])
    return {"staff"}
