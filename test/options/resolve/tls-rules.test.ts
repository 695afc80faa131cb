// What must hold among the options of TLS.
import { describe, expect, test } from "bun:test";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good, resolveGroups, toldOf, whatOf } from "../configured.ts";
import { factsWith } from "../facts.ts";

const resolveFlags = (...argv: string[]) =>
  resolve({ argv: ["app.ts", ...argv], env: {}, facts: factsWith() });
const CERTIFICATE = ["--ssl-certificate-file", "cert.pem"];

describe("tls-rules: ports", () => {
  test.each<[string, string[], Record<string, string>, number, number | undefined]>([
    ["neither", [], {}, 8000, undefined],
    ["that of HTTPS alone", ["--https-port", "8443"], {}, 8443, 8443],
    ["both", ["--port", "8080", "--https-port", "8443"], {}, 8080, 8443],
    ["one from the platform", ["--https-port", "8443"], { PORT: "5000" }, 5000, 8443],
    ["the same", ["--port", "8443", "--https-port", "8443"], {}, 8443, 8443],
  ])("tls-rules: %s is said", (_what, flags, env, port, httpsPort) => {
    const argv = ["app.ts", ...CERTIFICATE, ...flags];
    const { settings } = good(resolve({ argv, env, facts: factsWith() }));
    expect([settings.port, settings.httpsPort]).toEqual([port, httpsPort]);
    expect(settings.serverRoot).toBe(`/tmp/gw-0.0.0.0:${port}:501`);
  });
});

describe("tls-rules: what is refused", () => {
  test("tls-rules: HTTPS without a certificate says how to get one", () => {
    expect(toldOf(resolveFlags("--https-port", "8443"))).toEqual([
      [
        "There is no certificate for httpsPort 8443",
        "--https-port",
        expect.stringContaining("gw certificate --self-signed DIR"),
      ],
    ]);
    const groups = {
      web: { app: "web.ts", sslCertificateFile: "a.pem" },
      api: { app: "api.ts", mount: "/api" },
    };
    expect(whatOf(resolveGroups(groups, { httpsPort: 8443 }))).toEqual([]);
  });

  test("tls-rules: a key needs its certificate", () => {
    expect(whatOf(resolveFlags("--ssl-certificate-key-file", "key.pem"))).toEqual([
      'sslCertificateKeyFile "/srv/shop/key.pem" belongs to no certificate',
    ]);
    const groups = { web: { app: "web.ts", sslCertificateFile: "a.pem" } };
    const more = { httpsPort: 8443, sslCertificateKeyFile: "key.pem" };
    expect(whatOf(resolveGroups(groups, more))).toEqual([]);
  });

  test("tls-rules: httpsOnly needs HTTPS", () => {
    expect(whatOf(resolveFlags("--https-only"))).toEqual([
      "httpsOnly has nowhere to send clients: there is no httpsPort",
    ]);
  });

  test("tls-rules: embedded mode refuses each option by its name", () => {
    const told = resolveFlags(
      "--embedded-mode",
      "--https-port",
      "1",
      ...CERTIFICATE,
      "--hsts-policy",
      "max-age=1",
      "--no-http2",
    );
    expect(whatOf(told).map((what) => what.split(" ")[0])).toEqual([
      "httpsPort",
      "sslCertificateFile",
      "http2",
      "hstsPolicy",
    ]);
    expect(whatOf(resolveFlags("--embedded-mode", "--allow-localhost"))).toEqual([
      expect.stringMatching(/^allowLocalhost cannot be used in embedded mode/),
    ]);
  });

  test.each(["max-age", "max-age=-1", "max-age=1\r\nX: y", "includeSubDomains", "max-age=1; evil"])(
    "tls-rules: no policy is %j",
    (policy) => {
      expect(whatOf(resolveFlags("--hsts-policy", policy))).toHaveLength(1);
    },
  );
});

describe("tls-rules: what has no effect", () => {
  const warningsOf = (...argv: string[]) => good(resolveFlags(...argv)).warnings;
  test("tls-rules: options of TLS without HTTPS", () => {
    expect(warningsOf(...CERTIFICATE)).toEqual([
      "sslCertificateFile (--ssl-certificate-file) has no effect, because there is no httpsPort",
    ]);
  });

  test("tls-rules: httpsOnly without another port", () => {
    expect(warningsOf("--https-port", "8443", ...CERTIFICATE, "--https-only")).toEqual([
      "httpsOnly (--https-only) has no effect, because there is no port besides that of HTTPS",
    ]);
    expect(warningsOf("--port", "80", "--https-port", "443", ...CERTIFICATE, "--https-only")).toEqual([]);
  });

  test("tls-rules: allowLocalhost without a name", () => {
    expect(warningsOf("--allow-localhost")).toEqual([
      "allowLocalhost (--allow-localhost) has no effect, because no serverName is said",
    ]);
    expect(warningsOf("--allow-localhost", "--server-name", "a.test")).toEqual([]);
  });
});

test("tls-rules: two groups cannot both answer for localhost", () => {
  const group = (app: string, serverName: string) => ({ app, serverName, allowLocalhost: true });
  expect(whatOf(resolveGroups({ a: group("web.ts", "a.test"), b: group("api.ts", "b.test") }))).toEqual([
    'The groups "a" and "b" are both mounted at "/" for the host "localhost"',
  ]);
});
