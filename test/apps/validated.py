"""Says what it was sent, under wsgiref.validate: where either side breaks PEP 3333, the answer is 500, and the log has the rule."""

import json
import warnings
from wsgiref.validate import validator

warnings.simplefilter("error")
# Of the client, who may name any.
warnings.filterwarnings("ignore", "Unknown REQUEST_METHOD")


@validator
def application(environ, start_response):
    source = environ["wsgi.input"]
    body = source.read(3) + source.readline() + b"".join(source)
    text = json.dumps([environ["REQUEST_METHOD"], environ["SCRIPT_NAME"] + environ["PATH_INFO"], body.decode("latin-1")]).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Length", str(len(text)))])
    return [text[:7], b"", text[7:]]
