# Flask, as its tutorial begins. Serve it with: gw start-server examples/flask/app.py --callable-object app
# Install: python3 -m venv .venv && .venv/bin/pip install flask
# gw finds a virtual environment `.venv` beside the app.
from flask import Flask, jsonify, request, session
from markupsafe import escape

app = Flask(__name__)
app.secret_key = "not a secret: this is an example"


@app.get("/")
def hello():
    session["visits"] = session.get("visits", 0) + 1
    return f"<h1>Hello, {escape(request.args.get('name', 'Flask'))}</h1><p>Visit {session['visits']}.</p>"


@app.post("/upload")
def upload():
    file = request.files["file"]
    return jsonify(name=file.filename, size=len(file.read())), 201


@app.get("/count")
def count():
    return (f"{number}\n" for number in range(3)), {"Content-Type": "text/plain"}
