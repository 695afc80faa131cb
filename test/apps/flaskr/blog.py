from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from .auth import login_required
from .db import get_db

bp = Blueprint("blog", __name__)
POSTS = "SELECT p.id, title, body, author_id, username FROM post p JOIN user u ON p.author_id = u.id"


@bp.route("/")
def index():
    return render_template("index.html", posts=get_db().execute(f"{POSTS} ORDER BY p.id DESC").fetchall())


def own_post(id):
    post = get_db().execute(f"{POSTS} WHERE p.id = ?", (id,)).fetchone()
    if post is None:
        abort(404, f"Post id {id} does not exist.")
    if post["author_id"] != g.user["id"]:
        abort(403)
    return post


def saved(statement, *values):
    """True when the form has a title; what has none is told to the user."""
    if not request.form["title"]:
        flash("Title is required.")
        return False
    get_db().execute(statement, (request.form["title"], request.form["body"], *values))
    get_db().commit()
    return True


@bp.route("/create", methods=("GET", "POST"))
@login_required
def create():
    if request.method == "POST" and saved("INSERT INTO post (title, body, author_id) VALUES (?, ?, ?)", g.user["id"]):
        return redirect(url_for("blog.index"))
    return render_template("form.html", title="New Post", fields=("title", "body"), values={})


@bp.route("/<int:id>/update", methods=("GET", "POST"))
@login_required
def update(id):
    post = own_post(id)
    if request.method == "POST" and saved("UPDATE post SET title = ?, body = ? WHERE id = ?", id):
        return redirect(url_for("blog.index"))
    return render_template("form.html", title="Edit", fields=("title", "body"), values=post)


@bp.route("/<int:id>/delete", methods=("POST",))
@login_required
def delete(id):
    own_post(id)
    get_db().execute("DELETE FROM post WHERE id = ?", (id,))
    get_db().commit()
    return redirect(url_for("blog.index"))
