// Whose certificate lets a request in, whatever else its client says, and what the group learns of it.
import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import type { PeerCertificate } from "node:tls";
import { GwError } from "../../../src/core/errors.ts";
import { FIELDS_MOST } from "../../../src/core/requests/head-bounds.ts";
import { certificateStages } from "../../../src/front/auth/client-certificates.ts";
import { CERTIFICATE_BYTES, type Client, type TlsFacts } from "../../../src/front/door/client.ts";
import { fieldValue } from "../../../src/http/fields.ts";
import { decodeTls } from "../../../src/http/tls/told-tls.ts";
import type { FrontGroup } from "../../../src/link/messages.ts";
import type { CertificateDemand } from "../../../src/link/setups.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { issue } from "../../support/issue.ts";
import { Ends, visitOf } from "../fakes.ts";

const { raw } = new X509Certificate(issue({ name: "a\r\nX-Evil: 1" }).certificate);
const certificate = { raw } as PeerCertificate;
const TLS: TlsFacts = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_128_GCM_SHA256",
  serverName: "shop.test",
  alpn: undefined,
  isResumed: false,
  certificate,
  certificateFault: undefined,
  ownCertificate: undefined,
};

type Given = {
  tls?: Partial<TlsFacts> | "none";
  host?: string;
  path?: string;
  fields?: string[];
  isProxied?: boolean;
  demand?: CertificateDemand;
  tellsApp?: boolean;
};

/** Takes one request of a client with a good certificate through the stage; its visit, or the cause of its refusal. */
function pass(given: Given = {}) {
  const {
    tls = {},
    host = "shop.test",
    path = "/",
    fields = [],
    isProxied,
    demand = "require",
    tellsApp = false,
  } = given;
  const rules = [{ path: "/", demand }];
  const group = { name: "shop", certificates: { rules, tellsApp } } as Partial<FrontGroup> as FrontGroup;
  const [stage] = certificateStages([group], new FakeClock());
  const peer = { address: "192.0.2.1", ...(tls !== "none" && { tls: { ...TLS, ...tls } }) };
  const visit = visitOf({ peer, fields } as unknown as Client, 0, "visit-1", new Ends());
  Object.assign(visit, { host, group: "shop", target: path });
  if (isProxied) visit.peer = { ...visit.peer, address: "198.51.100.1" };
  try {
    void stage?.(visit);
  } catch (thrown) {
    if (!(thrown instanceof GwError)) throw thrown;
    const isOfCertificate = thrown.cause_ === "tls_client_certificate";
    return { visit, refused: isOfCertificate ? thrown.detail : thrown.cause_ };
  }
  return { visit, refused: undefined };
}

describe("client certificates", () => {
  const FAULT = { certificateFault: "CERT_HAS_EXPIRED" };
  const NONE = { certificate: undefined };
  test.each<[what: string, given: Given, refused: string | undefined]>([
    ["a good one", {}, undefined],
    ["a bad one", { tls: FAULT }, "CERT_HAS_EXPIRED"],
    ["none", { tls: NONE }, "the client has shown no certificate"],
    ["no TLS", { tls: "none" }, "the connection has no TLS"],
    ["a good one, where it need not be", { demand: "optional" }, undefined],
    ["a bad one, where it need not be", { demand: "optional", tls: FAULT }, "CERT_HAS_EXPIRED"],
    ["none, where it need not be", { demand: "optional", tls: NONE }, undefined],
    ["no TLS, where it need not be", { demand: "optional", tls: "none" }, undefined],
    ["a bad one, where none is asked for", { demand: "none", tls: FAULT }, undefined],
    ["another name in the handshake", { tls: { serverName: "other.test" } }, "tls_name_mismatch"],
    ["another Host", { host: "other.test" }, "tls_name_mismatch"],
    ["no name in the handshake", { tls: { serverName: undefined } }, "tls_name_mismatch"],
    [
      "another name, where no certificate is needed",
      { demand: "optional", host: "other.test" },
      "tls_name_mismatch",
    ],
    ["another name, where none is asked for", { demand: "none", host: "other.test" }, undefined],
    [
      "the same name in another spelling",
      { tls: { serverName: "SHOP.test" }, host: "Shop.Test.:8443" },
      undefined,
    ],
    [
      "an address, which no handshake names",
      { tls: { serverName: undefined }, host: "127.0.0.1:8443" },
      undefined,
    ],
    ["an address of IPv6", { tls: { serverName: undefined }, host: "[::1]:8443" }, undefined],
    ["an address beside a name", { host: "127.0.0.1" }, "tls_name_mismatch"],
    ["a proxy that is trusted, for another host", { isProxied: true, host: "other.test" }, undefined],
    ["a proxy without a certificate", { isProxied: true, tls: NONE }, "the client has shown no certificate"],
  ])("%s", (_what, given, refused) => {
    expect(pass(given).refused).toBe(refused);
  });

  test("a worker is told of it, and of no more than fits in a head", () => {
    const told = (given: Given) => decodeTls(pass(given).visit.tls ?? "");
    expect(told({})).toMatchObject({ protocol: "TLSv1.3", serverName: "shop.test", fault: undefined });
    expect(Buffer.from(told({})?.certificate ?? []).equals(raw)).toBe(true);
    const large = { raw: Buffer.alloc(CERTIFICATE_BYTES + 1) } as PeerCertificate;
    expect(told({ demand: "none", tls: { certificate: large, ...FAULT } })?.certificate).toBeUndefined();
    expect(told({ tls: "none", demand: "none" })).toBeUndefined();
  });

  test("an app that wants to know gets fields, and none that a client has sent under such a name", () => {
    const fields = [
      "X-SSL-Client-Verify",
      "SUCCESS",
      "x_ssl_client_s_dn",
      "CN=root",
      "A",
      "b",
      "Connection",
      "x-ssl-client-verify",
    ];
    const { visit } = pass({ fields, tellsApp: true });
    expect(fieldValue(visit.fields, "x-ssl-client-s-dn")).toBe("CN=a\\0D\\0AX-Evil: 1");
    expect(visit.fields.filter((text) => /verify/i.test(text))).toEqual(["X-SSL-CLIENT-VERIFY"]);
    expect(visit.fields).not.toContain("CN=root");
    expect(visit.fields).toContain("A");
    for (const tls of ["none", NONE] as const) {
      const without = pass({ fields, tellsApp: true, demand: "none", tls });
      expect(fieldValue(without.visit.fields, "x-ssl-client-verify")).toBe(
        tls === "none" ? undefined : "NONE",
      );
      expect(without.visit.fields).not.toContain("CN=root");
    }
  });

  test("what is told of it counts with the client's own fields, of which a worker takes so many and no more", () => {
    const of = (count: number) => ({
      fields: Array.from({ length: count }, () => ["X-A", "b"]).flat(),
      tellsApp: true,
    });
    const told = pass(of(0)).visit.fields.length / 2;
    expect(pass(of(FIELDS_MOST - told)).refused).toBeUndefined();
    expect(pass(of(FIELDS_MOST - told + 1)).refused).toBe("too_many_fields");
  });

  test("other groups have no stage, and their requests are left alone", () => {
    expect(certificateStages([{ name: "shop" } as FrontGroup], new FakeClock())).toEqual([]);
    const { visit } = pass({ fields: ["X-SSL-Client-Verify", "x"] });
    expect(visit.fields).toEqual(["X-SSL-Client-Verify", "x"]);
  });
});
