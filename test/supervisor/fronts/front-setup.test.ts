import { expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { type Config, frontSetupOf, needsSameFronts } from "../../../src/supervisor/fronts/front-setup.ts";
import { factsWith } from "../../options/facts.ts";

function configOf(...argv: string[]): Config {
  const resolution = resolve({ argv: ["app.ts", ...argv], env: {}, facts: factsWith(undefined) });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution;
}

test("front setup: one app is one group for any host", () => {
  const { groups, host, port } = frontSetupOf(configOf("--concurrency", "7"), { main: 4_711 });
  expect({ host, port }).toEqual({ host: "0.0.0.0", port: 4_711 });
  expect(groups).toMatchObject([{ name: "default", mount: "/", hosts: [], routes: [] }]);
});

test("front setup: names and aliases are hosts, routes are split at their last sign", () => {
  const config = configOf("--server-name", "Shop.example", "--server-alias", "*.shop.example");
  const [group] = config.groups;
  const settings = { ...group?.settings, route: ["/a=b/*=slow"] } as Settings;
  const [front] = frontSetupOf(
    { ...config, groups: [{ ...group!, settings, isMounted: false }] },
    { main: 1 },
  ).groups;
  expect(front?.hosts).toEqual(["shop.example", "*.shop.example"]);
  expect(front?.routes).toEqual([{ pattern: "/a=b/*", group: "slow" }]);
  expect(front).not.toHaveProperty("mount");
});

test("front setup: only a range of workers is to be told of pressure; services are nothing for fronts", () => {
  const waitOf = (config: Config) => frontSetupOf(config, { main: 1 }).groups[0]?.settings.scaleUpWaitMs;
  expect(waitOf(configOf("--processes", "4"))).toBeUndefined();
  expect(waitOf(configOf("--processes", "1..4", "--scale-up-wait", "50ms"))).toBe(50);
  const config = configOf();
  const service = { ...config.groups[0]!, name: "service:mail", kind: "service" } as const;
  expect(frontSetupOf({ ...config, groups: [...config.groups, service] }, { main: 1 }).groups).toHaveLength(
    1,
  );
});

test("front setup: each front has its share of the clients, and at least one; without a number it is told none", () => {
  const mostOf = (...argv: string[]) => frontSetupOf(configOf(...argv), { main: 1 }).maxClients;
  expect(mostOf("--max-clients", "100", "--front-ends", "3")).toBe(33);
  expect(mostOf("--max-clients", "2", "--front-ends", "3")).toBe(1);
  expect(mostOf()).toBeUndefined();
});

test.each([
  ["the most clients", ["--max-clients", "10"], false],
  ["the request timeout", ["--request-timeout", "5s"], false],
  ["a limit of bodies", ["--limit-request-body", "1k"], false],
  ["a host", ["--server-name", "a.example"], false],
  ["their number", ["--front-ends", "2"], false],
  ["the time that they have at a stop", ["--graceful-timeout", "1s"], false],
  ["a range of workers", ["--processes", "1..2"], false],
  ["the number of workers", ["--processes", "2"], true],
  ["an environment", ["--setenv", "A=1"], true],
  ["a memory limit", ["--memory-limit", "1G"], true],
  ["the level of the log", ["--log-level", "debug"], true],
])("front setup: another value of %s, and whether the same fronts will do", (_, argv, isSame) => {
  // The queue's length follows from the number of workers; it is held still here.
  const fixed = ["--max-queue", "100"];
  expect(needsSameFronts(configOf(...fixed), configOf(...fixed, ...argv))).toBe(isSame);
});

const TLS = ["--https-port", "8443", "--ssl-certificate-file", "cert.pem"];
const CERTIFICATE = {
  path: "/srv/shop/cert.pem",
  names: ["a.test"],
  certificate: "C",
  key: "K",
  expiresAtMs: 1,
};

test("front setup: a front is told what it needs to speak TLS, and nothing more of the certificates", () => {
  const config = {
    ...configOf(...TLS, "--https-only", "--hsts-policy", "max-age=1"),
    certificates: [CERTIFICATE],
  };
  const both = frontSetupOf(config, { main: 80, https: 443 });
  expect(both).toMatchObject({ port: 80, httpsOnly: true, hstsPolicy: "max-age=1" });
  expect(both.tls).toMatchObject({
    port: 443,
    minVersion: "TLSv1.2",
    ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20",
    http2: true,
  });
  const without = { ...configOf(...TLS, "--no-http2"), certificates: [CERTIFICATE] };
  expect(frontSetupOf(without, { main: 80, https: 443 }).tls?.http2).toBeFalse();
  expect(both.tls?.certificates).toEqual([{ names: ["a.test"], certificate: "C", key: "K" }]);
  expect(frontSetupOf(config, { main: 443, https: 443 })).not.toHaveProperty("port");
  expect(frontSetupOf(configOf(), { main: 80 })).not.toHaveProperty("tls");
});

test("front setup: other certificates need other fronts, the same ones read anew do not", () => {
  const config = configOf(...TLS);
  const withOne = (change: object) => ({ ...config, certificates: [{ ...CERTIFICATE, ...change }] });
  expect(needsSameFronts(withOne({}), withOne({}))).toBe(true);
  expect(needsSameFronts(withOne({}), withOne({ certificate: "D", key: "L" }))).toBe(false);
});

test("front setup: the status page is shown where it is asked for, by names that are gw's own", () => {
  const names = ["--server-name", "Shop.example", "--server-alias", "*.shop.example"];
  expect(frontSetupOf(configOf(...names), { main: 1 })).not.toHaveProperty("statusPage");
  const told = frontSetupOf(configOf(...names, "--server-status", "--server-status-allow", "10.0.0.0/8"), {
    main: 1,
  });
  expect(told.statusPage).toMatchObject({ path: "/server-status", allow: ["10.0.0.0/8"] });
  expect(told.statusPage?.hosts.filter((host) => !host.includes("localhost"))).not.toContain(
    "*.shop.example",
  );
  expect(told.statusPage?.hosts.join().toLowerCase()).toContain("shop.example");
});
