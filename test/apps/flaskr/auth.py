import functools
import sqlite3

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash

from .db import get_db

bp = Blueprint("auth", __name__, url_prefix="/auth")


@bp.before_app_request
def load_user():
    row = get_db().execute("SELECT * FROM user WHERE id = ?", (session.get("user_id"),))
    g.user = row.fetchone()


def login_required(view):
    @functools.wraps(view)
    def wrapped(**words):
        return redirect(url_for("auth.login")) if g.user is None else view(**words)

    return wrapped


@bp.route("/register", methods=("GET", "POST"))
def register():
    if request.method == "POST":
        name, password = request.form["username"], request.form["password"]
        db = get_db()
        try:
            db.execute("INSERT INTO user (username, password) VALUES (?, ?)", (name, generate_password_hash(password)))
            db.commit()
            return redirect(url_for("auth.login"))
        except sqlite3.IntegrityError:
            flash(f"User {name} is already registered.")
    return render_template("form.html", title="Register", fields=("username", "password"), values={})


@bp.route("/login", methods=("GET", "POST"))
def login():
    if request.method == "POST":
        row = get_db().execute("SELECT * FROM user WHERE username = ?", (request.form["username"],)).fetchone()
        if row is not None and check_password_hash(row["password"], request.form["password"]):
            session.clear()
            session["user_id"] = row["id"]
            return redirect(url_for("index"))
        flash("Incorrect username or password.")
    return render_template("form.html", title="Log In", fields=("username", "password"), values={})


@bp.route("/logout")
def logout():
    session.clear()
    return redirect(url_for("index"))
