// Where clients of the plain port are sent, and who is told to come back over TLS.
import { describe, expect, test } from "bun:test";
import type { Client } from "../../../src/front/door/client.ts";
import { hstsStage, httpsAddressOf, httpsOnlyStage } from "../../../src/front/stages/https.ts";
import { Ends, visitOf } from "../fakes.ts";

describe("https: the same address over HTTPS", () => {
  test.each<[string, string, number, number, string]>([
    ["a.test", "/", 80, 443, "https://a.test/"],
    ["a.test:80", "/x?y=1", 80, 443, "https://a.test/x?y=1"],
    ["a.test", "/", 80, 8443, "https://a.test:8443/"],
    ["a.test:8000", "/", 8000, 8443, "https://a.test:8443/"],
    ["a.test:8000", "/", 8000, 443, "https://a.test/"],
    // Something leads 80 to 8000.
    ["a.test", "/", 8000, 8443, "https://a.test/"],
    ["[::1]:8000", "/", 8000, 8443, "https://[::1]:8443/"],
    ["[::1]", "/", 80, 8443, "https://[::1]:8443/"],
    ["a.test:", "/", 80, 8443, "https://a.test:8443/"],
    ["a.test", "//evil.test/", 80, 443, "https://a.test//evil.test/"],
  ])("https: %s%s from %d to %d", (host, target, plainPort, port, address) => {
    expect(httpsAddressOf(host, target, { port, plainPort })).toBe(address);
  });
});

describe("https: stages", () => {
  const promises = { port: 8443, plainPort: 8000, httpsOnly: true, hstsPolicy: "max-age=60" };
  const visitOver = (scheme: "http" | "https") => {
    const ends = new Ends();
    const visit = visitOf({ peer: { scheme } } as Client, 0, "visit-1", ends);
    visit.host = "a.test:8000";
    visit.target = "/b?c";
    return { visit, ends };
  };

  test("https: a plain client is sent on, and one over TLS is not", () => {
    const [plain, secure] = [visitOver("http"), visitOver("https")];
    for (const { visit } of [plain, secure]) for (const stage of httpsOnlyStage(promises)) void stage(visit);
    expect(plain.ends.all.map(({ ending }) => ending)).toEqual([
      { kind: "redirected", location: "https://a.test:8443/b?c" },
    ]);
    expect(secure.ends.all).toEqual([]);
  });

  test("https: the policy is promised over TLS only", () => {
    const [plain, secure] = [visitOver("http"), visitOver("https")];
    for (const { visit } of [plain, secure]) for (const stage of hstsStage(promises)) void stage(visit);
    expect([plain.visit.hsts, secure.visit.hsts]).toEqual([undefined, "max-age=60"]);
  });

  test("https: what is not promised is no stage", () => {
    expect([...hstsStage({ port: 1 }), ...httpsOnlyStage({ port: 1 })]).toEqual([]);
  });
});
