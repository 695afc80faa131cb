// What a client sees of an error that gw itself answers: HTML for people, JSON for programs, text for terminals.
// Pure. No text of the app, no path, no stack ever gets here.

import { reasonPhrase } from "./status.ts";

export type ErrorPage = {
  status: number;
  title: string;
  /** One sentence for whoever asked. */
  message: string;
  hint: string;
  /** The one word that the log line holds too. */
  cause: string;
  requestId: string;
};

export type Page = { contentType: string; body: string };

/** The page in the form that `accept` asks for; HTML only where it is asked for by name. */
export function renderPage(page: ErrorPage, accept: string | undefined): Page {
  switch (preferred(accept)) {
    case "html":
      return { contentType: "text/html; charset=utf-8", body: html(page) };
    case "json":
      return { contentType: "application/json", body: json(page) };
    case "text":
      return { contentType: "text/plain; charset=utf-8", body: text(page) };
  }
}

/** In the place of an error of the app: of what went wrong it tells no more than the status does. */
export function appErrorPage(status: number, requestId: string, accept: string | undefined): Page {
  const [message, hint] = APP_ERRORS[status] ?? (status < 500 ? CLIENTS_ERROR : SERVERS_ERROR);
  return renderPage(
    { status, title: reasonPhrase(status), message, hint, cause: "answered_by_app", requestId },
    accept,
  );
}

const CLIENTS_ERROR = ["The app does not answer that", "Correct the request"] as const;
const SERVERS_ERROR = ["The app made a mistake", "Try again later"] as const;
const APP_ERRORS: Readonly<Record<number, readonly [message: string, hint: string]>> = {
  401: ["You have to say who you are", "Log in"],
  403: ["You may not see this", "Ask whoever runs this server"],
  404: ["There is nothing at this address", "Look whether it is written right"],
  410: ["There is nothing at this address any more", "Look for it elsewhere"],
  429: ["That were too many requests", "Try again later"],
};

type Form = "html" | "json" | "text";

/** A Map, not an object: a client may accept the type `constructor`. */
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["text/html", "html"],
  ["application/xhtml+xml", "html"],
  ["application/json", "json"],
  ["application/problem+json", "json"],
  ["text/plain", "text"],
]);

/** The form with the highest quality; the first named wins a tie; plain text when none is named. */
export function preferred(accept: string | undefined): Form {
  let best: Form = "text";
  let bestQuality = 0;
  for (const part of (accept ?? "").slice(0, 1024).split(",")) {
    const [type, ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const form = FORMS.get(type ?? "");
    if (!form) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    if (quality > bestQuality) [best, bestQuality] = [form, quality];
  }
  return best;
}

function text({ status, title, message, hint, cause, requestId }: ErrorPage): string {
  return `${status} ${title}\n\n${message}.\n${hint}.\n\ncause: ${cause}\nrequest: ${requestId}\n`;
}

function json({ status, title, message, hint, cause, requestId }: ErrorPage): string {
  return `${JSON.stringify({ status, title, message, hint, cause, requestId })}\n`;
}

function html({ status, title, message, hint, cause, requestId }: ErrorPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${status} ${escapeHtml(title)}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto 0; padding: 0 1.5rem; color: #1c1c1c; background: #fff }
h1 { font-size: 1.6rem; line-height: 1.2 } dl { color: #5a5a5a; font-size: .875rem } dt { float: left; margin-right: .5em }
dd { margin: 0 } code { font-family: ui-monospace, monospace }
@media (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #161616 } dl { color: #a6a6a6 } }
</style>
</head>
<body>
<main>
<h1>${status} ${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}.</p>
<p>${escapeHtml(hint)}.</p>
<dl><dt>Cause</dt><dd><code>${escapeHtml(cause)}</code></dd><dt>Request</dt><dd><code>${escapeHtml(requestId)}</code></dd></dl>
</main>
</body>
</html>
`;
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);
}
