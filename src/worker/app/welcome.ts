// What gw serves when it is started without an app: a page that shows that it works and what to type next. One
// self-contained answer in the form that the client asks for, and 404 elsewhere.

const STEPS = {
  file: "app.ts",
  code: 'export default {\n  fetch(request: Request): Response {\n    return new Response("Hello!");\n  },\n};',
  command: "gw start-server app.ts",
};

const NEXT = [
  ["gw start-server --help", "every option, with its default"],
  ["gw show-config", "every setting and where its value comes from"],
  ["gw doctor", "what this machine allows"],
] as const;

const SECURITY = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

export function welcome(request: Request): Response {
  const isHome = new URL(request.url).pathname === "/";
  const status = isHome ? 200 : 404;
  const form = chooseForm(request.headers.get("accept") ?? "*/*");
  const body = {
    html: isHome ? page() : missingPage(),
    json: json(isHome),
    text: isHome ? text() : "Not found\n",
  }[form];
  const type = { html: "text/html", json: "application/json", text: "text/plain" }[form];
  return new Response(body, {
    status,
    headers: { ...SECURITY, "content-type": `${type};charset=utf-8`, vary: "accept" },
  });
}

/** The first of the three that the client names; a client that takes anything, as curl does, gets text. */
function chooseForm(accept: string): "html" | "json" | "text" {
  const named =
    /text\/html|application\/xhtml\+xml|application\/json|text\/plain/.exec(accept.toLowerCase())?.[0] ?? "";
  if (named.includes("html")) return "html";
  return named.includes("json") ? "json" : "text";
}

function text(): string {
  const next = NEXT.map(([command, what]) => `  ${command.padEnd(24)} ${what}`).join("\n");
  const code = STEPS.code.replace(/^/gm, "  ");
  return `gw works.\n\nPut this in ${STEPS.file}:\n\n${code}\n\nThen type:\n\n  ${STEPS.command}\n\nMore:\n\n${next}\n`;
}

function json(isHome: boolean): string {
  return `${JSON.stringify(isHome ? { message: "gw works", next: STEPS.command, app: STEPS.code } : { message: "Not found" })}\n`;
}

function page(): string {
  const next = NEXT.map(([command, what]) => `<dt><kbd>${command}</kbd></dt><dd>${what}</dd>`).join("\n");
  return document(
    "gw works",
    `<header><h1>gw works</h1>
<p>This page is served by a worker process through gw's front end. Your app can take its place.</p></header>
<main>
<section aria-labelledby="first"><h2 id="first">Your first app</h2>
<ol>
<li><p>Put this in <code>${STEPS.file}</code>:</p><pre tabindex="0"><code>${escapeHtml(STEPS.code)}</code></pre></li>
<li><p>Then type:</p><pre tabindex="0"><kbd>${STEPS.command}</kbd></pre></li>
</ol>
<p>Apps written with Hono, Elysia, H3, Express, Fastify, Koa, <code>Bun.serve</code> or <code>node:http</code> are served as they are.</p>
</section>
<section aria-labelledby="more"><h2 id="more">What to type next</h2>
<dl>
${next}
</dl>
</section>
</main>
<footer><p>gw, an application server for TypeScript and JavaScript. Its guide is in the <code>docs</code> folder that comes with it.</p></footer>`,
  );
}

function missingPage(): string {
  return document(
    "Not found",
    `<main><h1>Not found</h1><p>There is no app yet. <a href="/">See what to type next.</a></p></main>`,
  );
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 2.2rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.25rem; margin-top: 2.5rem; }
pre { padding: 0.9rem 1.1rem; overflow-x: auto; border-radius: 0.5rem; background: light-dark(#f1f3f5, #23272b); }
code, kbd { font: 0.95em ui-monospace, monospace; }
dt { margin-top: 0.75rem; }
dd { margin: 0; color: light-dark(#495057, #adb5bd); }
footer { margin-top: 3rem; font-size: 0.9rem; color: light-dark(#495057, #adb5bd); }
a:focus-visible, pre:focus-visible { outline: 3px solid light-dark(#1c5fd4, #8ab4f8); outline-offset: 2px; }
`;

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
