// The status page: which of its answers a request asks for. Everything is at one path, and the query says what is shown.

import type { Picture } from "../../control/picture.ts";
import type { Clock } from "../../core/clock.ts";
import type { Supervisor } from "../supervisor.ts";
import { type PageShown, renderDocument } from "./document.ts";
import { renderConfiguration } from "./parts/configuration.ts";
import { renderActions, renderConfirmation, renderOutcome } from "./parts/deeds.ts";
import { deedOf, readView, type View } from "./parts/view.ts";
import { renderSections } from "./sections.ts";
import { PageStream } from "./stream.ts";

/** `client`: the address of who asks. */
export type PageAnswer = (request: Request, client: string) => Promise<Response>;

export type StatusPageOptions = { clock: Clock; supervisor: Pick<Supervisor, "ask" | "act"> };

const HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export class StatusPage {
  readonly #supervisor: StatusPageOptions["supervisor"];
  readonly #stream: PageStream;

  constructor({ clock, supervisor }: StatusPageOptions) {
    this.#supervisor = supervisor;
    this.#stream = new PageStream({ clock, ask: () => supervisor.ask("picture") });
  }

  async answer(request: Request, client: string): Promise<Response> {
    const view = readView(new URL(request.url).searchParams);
    if (request.method === "POST") return this.#act(request, client, view);
    if (request.method !== "GET" && request.method !== "HEAD")
      return plain(405, "Only GET, HEAD and POST\n", { Allow: "GET, HEAD, POST" });
    if (view.shows === "events") return this.#follow(request, view);
    if (view.shows === "confirm" && view.deed)
      return page(200, { title: "gw: confirm", view, sections: [], rest: renderConfirmation(view.deed) });
    if (view.shows === "configuration") return this.#showConfiguration(view);
    const picture = await this.#supervisor.ask("picture");
    return picture ? this.#show(picture, view) : unanswered();
  }

  #show(picture: Picture, view: View): Response {
    if (view.shows === "json")
      return new Response(`${JSON.stringify(picture)}\n`, {
        headers: { ...HEADERS, "Content-Type": "application/json" },
      });
    if (view.shows === "actions")
      return page(200, { title: "gw: actions", view, sections: [], rest: renderActions(picture) });
    const title = view.worker === undefined ? titleOf(picture) : `gw: worker ${view.worker}`;
    return page(200, { title, view, sections: renderSections(picture, view) });
  }

  async #showConfiguration(view: View): Promise<Response> {
    const options = await this.#supervisor.ask("configuration");
    if (!options) return unanswered();
    return page(200, { title: "gw: configuration", view, sections: [], rest: renderConfiguration(options) });
  }

  async #follow(request: Request, view: View): Promise<Response> {
    const picture = await this.#supervisor.ask("picture");
    if (!picture) return unanswered();
    if (this.#stream.isFull) return plain(503, "Too many pages are open\n", { "Retry-After": "10" });
    const headers = { ...HEADERS, "Content-Type": "text/event-stream" };
    return new Response(
      request.method === "HEAD" ? null : this.#stream.open(view, picture.status.generation),
      { headers },
    );
  }

  async #act(request: Request, client: string, view: View): Promise<Response> {
    if (!isOwnForm(request)) return plain(403, "This is for the form of the page itself\n");
    const form = new URLSearchParams(await request.text());
    const deed = deedOf(form);
    if (!deed) return plain(400, "Nothing of that kind can be done\n");
    const outcome = await this.#supervisor.act(form.get("token")?.trim() ?? "", client, deed);
    if (outcome.is !== "forbidden")
      return page(200, { title: "gw: outcome", view, sections: [], rest: renderOutcome(outcome) });
    return page(403, {
      title: "gw: confirm",
      view,
      sections: [],
      rest: renderConfirmation(deed, outcome.text),
    });
  }
}

const titleOf = ({ status: { state, port } }: Picture) => `gw: ${state}, port ${port}`;

/** A page of somebody else's cannot know the token; its form is not even looked at. */
function isOwnForm({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") return false;
  if (site !== null && site !== "same-origin") return false;
  // "null" is what Referrer-Policy leaves of it in some browsers; the site is told by the other field there.
  return origin === null || origin === "null" || URL.parse(origin)?.host === headers.get("host");
}

function page(status: number, shown: Omit<PageShown, "nonce">): Response {
  const nonce = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const headers = {
    ...HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy(nonce),
  };
  return new Response(renderDocument({ ...shown, nonce }), { status, headers });
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types gw",
  ].join("; ");
}

const unanswered = () => plain(503, "The supervisor does not answer\n", { "Retry-After": "1" });

function plain(status: number, body: string, more: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, "Content-Type": "text/plain; charset=utf-8", ...more },
  });
}
