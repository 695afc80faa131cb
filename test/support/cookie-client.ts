// A client that keeps cookies and follows no redirection, as a browser behind which somebody looks at every answer.
import type { Gw } from "./gw.ts";

export class CookieClient {
  readonly #cookies = new Map<string, string>();
  readonly #gw: Gw;

  constructor(gw: Gw) {
    this.#gw = gw;
  }

  cookie(name: string): string {
    return this.#cookies.get(name) ?? "";
  }

  async ask(path: string, body?: FormData | URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(new URL(path, this.#gw.url), {
      headers: { cookie, referer: this.#gw.url },
      redirect: "manual",
      ...(body && { method: "POST", body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}
