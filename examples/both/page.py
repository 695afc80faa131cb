"""A page in Python, of the standard library alone; what it shows comes from the app in TypeScript beside it."""

PAGE = b"""<!doctype html>
<html lang="en">
<title>Python and TypeScript</title>
<h1>Hello from Python</h1>
<p id="answer">Asking TypeScript&hellip;</p>
<script>
  fetch("/api/hello").then(async (answer) => {
    document.getElementById("answer").textContent = (await answer.json()).text;
  });
</script>
</html>
"""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html;charset=utf-8")])
    return [PAGE]
