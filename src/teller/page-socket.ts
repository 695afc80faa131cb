// The private socket to which front ends lead the clients of the status page: HTTP as to a worker, with the same proof that a front
// end speaks. Whoever cannot show it is answered nothing of gw.

import { timingSafeEqual } from "node:crypto";
import { decodeVisit, VISIT_HEADER } from "../http/reserved.ts";
import type { PageAnswer } from "./page/status-page.ts";

export type PageSocketOptions = { unix: string; token: string; answer: PageAnswer };

/** Throws when the socket cannot be made. */
export function openPageSocket({ unix, token, answer }: PageSocketOptions, common: object): void {
  Bun.serve({
    ...common,
    unix,
    fetch(request: Request) {
      const facts = decodeVisit(request.headers.get(VISIT_HEADER) ?? "");
      if (!facts || !isEqual(facts.token, token))
        return new Response("This is for the front ends of gw\n", { status: 403 });
      return answer(request, facts.address);
    },
  } as Parameters<typeof Bun.serve>[0]);
}

function isEqual(shown: string, token: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
