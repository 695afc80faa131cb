// The server of node:http on the runtime's own: whose dispatch it has, and that the runtime is left as it was.
import { describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import { listenNatively } from "../../../../src/front/door/h1/listen.ts";

const NOWHERE = { host: "127.0.0.1", port: 0 };

describe("h1: listening", () => {
  test("requests come as the runtime has them, and the runtime goes on serving others as before", async () => {
    const { serve } = Bun;
    const targets: string[] = [];
    const { port, native } = await listenNatively(
      createServer(),
      NOWHERE,
      (_server, target, _method, _bits, response) => {
        targets.push(target);
        response.writeHeadAndEnd(200, "OK", [], "here");
      },
    );
    expect(Bun.serve).toBe(serve);
    const answer = await fetch(`http://127.0.0.1:${port}/a?b`, { headers: { connection: "close" } });
    expect([await answer.text(), targets]).toEqual(["here", ["/a?b"]]);
    await native.stop();
  });

  test("where it cannot listen, it says so in the system's words", async () => {
    const { serve } = Bun;
    const host = "192.0.2.1";
    const failed = await listenNatively(createServer(), { host, port: 0 }, () => {}).catch(
      (thrown) => thrown,
    );
    expect(failed).toMatchObject({ code: "EADDRNOTAVAIL" });
    expect(Bun.serve).toBe(serve);
  });
});
