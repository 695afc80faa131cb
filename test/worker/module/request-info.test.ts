import { describe, expect, test } from "bun:test";
import { encodeVisit } from "../../../src/http/reserved.ts";
import { encodeTls } from "../../../src/http/tls/told-tls.ts";
import { ScopedRequest } from "../../../src/worker/module/request-info.ts";

const WORKER = { slot: 2, generation: 3, group: "shop" };
const TRACE = "0af7651916cd43dd8448eb211c80319c";

describe("request info", () => {
  test("all that the front has said, and which worker this is", () => {
    const tls = encodeTls({ protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", serverName: "shop.test" });
    const facts = encodeVisit({
      ...{ token: "t", id: "a-1", scheme: "https", address: "192.0.2.7", port: 99, queuedMs: 12, tls },
    });
    const fields = new Headers({ "x-remote-user": "ann", traceparent: `00-${TRACE}-b7ad6b7169203331-01` });
    const info = new ScopedRequest({ headers: fields }, facts).info({
      ...WORKER,
      userField: "X-Remote-User",
    });
    expect(info).toEqual({
      ...WORKER,
      id: "a-1",
      queuedMs: 12,
      scheme: "https",
      client: { address: "192.0.2.7", port: 99 },
      user: "ann",
      tls: { protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", serverName: "shop.test" },
      traceId: TRACE,
    });
    expect(Object.isFrozen(info)).toBe(true);
  });

  test("a user that gw has not checked is none, and without a front little is known", () => {
    const fields = { "x-remote-user": "mallory", traceparent: "nonsense" };
    const info = new ScopedRequest({ headers: fields }, "", "own-1").info(WORKER);
    expect(info).toMatchObject({ ...WORKER, id: "own-1", queuedMs: 0 });
    expect([info.user, info.client, info.scheme, info.traceId, info.tls]).toEqual(
      new Array(5).fill(undefined),
    );
  });
});
