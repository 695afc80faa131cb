import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { isSslField, sslFieldsOf, sslNamesOf } from "../../../src/http/tls/ssl-names.ts";
import { type Issued, issue } from "../../support/issue.ts";

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;
const TLS = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_128_GCM_SHA256",
  serverName: "shop.test",
  isResumed: false,
};

const der = ({ certificate }: Issued) => new X509Certificate(certificate).raw;
/** No handshake takes one whose text is none in UTF-8. */
const isReadable = (issued: Issued) => {
  try {
    return der(issued).length > 0;
  } catch {
    return false;
  }
};

const root = issue({ name: "Root", isAuthority: true });
const client = issue({
  name: "Ann",
  names: ["a.test", "b.test"],
  issuer: root,
  untilMs: NOW_MS + 10.5 * DAY_MS,
});
const namesOf = (issued: Issued, fault?: string) =>
  sslNamesOf({ ...TLS, client: der(issued), fault }, NOW_MS);

describe("ssl names", () => {
  test("a connection without a client's certificate has those of the connection", () => {
    expect(sslNamesOf(TLS, NOW_MS)).toEqual({
      HTTPS: "on",
      SSL_PROTOCOL: "TLSv1.3",
      SSL_CIPHER: "TLS_AES_128_GCM_SHA256",
      SSL_TLS_SNI: "shop.test",
      SSL_SESSION_RESUMED: "Initial",
      SSL_SECURE_RENEG: "true",
      SSL_COMPRESS_METHOD: "NULL",
      SSL_CLIENT_VERIFY: "NONE",
    });
    const unnamed = sslNamesOf({ ...TLS, serverName: undefined, isResumed: true }, NOW_MS);
    expect(unnamed).not.toHaveProperty("SSL_TLS_SNI");
    expect(unnamed).toMatchObject({ SSL_SESSION_RESUMED: "Resumed" });
  });

  test("a client's certificate has its own", () => {
    const names = namesOf(client);
    expect(names).toMatchObject({
      SSL_CLIENT_VERIFY: "SUCCESS",
      SSL_CLIENT_S_DN: "CN=Ann",
      SSL_CLIENT_S_DN_CN: "Ann",
      SSL_CLIENT_I_DN: "CN=Root",
      SSL_CLIENT_I_DN_CN: "Root",
      SSL_CLIENT_M_VERSION: "3",
      SSL_CLIENT_M_SERIAL: expect.stringMatching(/^[0-9A-F]+$/),
      SSL_CLIENT_V_START: expect.stringMatching(/ GMT$/),
      SSL_CLIENT_V_END: expect.stringMatching(/ GMT$/),
      SSL_CLIENT_V_REMAIN: "10",
      SSL_CLIENT_A_SIG: "ecdsa-with-SHA256",
      SSL_CLIENT_A_KEY: "ec",
      SSL_CLIENT_SAN_DNS_0: "a.test",
      SSL_CLIENT_SAN_DNS_1: "b.test",
    });
    expect(new X509Certificate(names.SSL_CLIENT_CERT ?? "").subject).toBe("CN=Ann");
    expect(namesOf(client, "CERT_HAS_EXPIRED")).toMatchObject({
      SSL_CLIENT_VERIFY: "FAILED:CERT_HAS_EXPIRED",
    });
  });

  test("so has the server's", () => {
    const names = sslNamesOf({ ...TLS, own: der(client) }, NOW_MS);
    expect(names).toMatchObject({
      SSL_SERVER_S_DN: "CN=Ann",
      SSL_SERVER_SAN_DNS_1: "b.test",
      SSL_CLIENT_VERIFY: "NONE",
    });
    expect(sslFieldsOf(names).filter((text) => /server/i.test(text))).toEqual([]);
  });

  const WRITTEN: [name: string, said: string][] = [
    ["a\r\nX-Admin: 1", "a\\0D\\0AX-Admin: 1"],
    ["a,O=Evil", "a\\,O=Evil"],
    ["a\nCN=admin", "a\\0ACN=admin"],
    ["Müller", "M\\C3\\BCller"],
    ["a\0b", "a\\00b"],
  ];
  test.each(WRITTEN)("a subject %j says nothing but itself: %s", (name, said) => {
    const names = namesOf(issue({ name }));
    expect([names.SSL_CLIENT_S_DN, names.SSL_CLIENT_S_DN_CN]).toEqual([`CN=${said}`, said]);
    expect(Object.keys(names).filter((key) => key.startsWith("SSL_CLIENT_S_DN"))).toEqual([
      ...["SSL_CLIENT_S_DN", "SSL_CLIENT_S_DN_CN"],
    ]);
  });

  test("no name of a certificate gets out of its field", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 30 }), (name) => {
        const issued = issue({ name });
        fc.pre(isReadable(issued));
        const fields = sslFieldsOf(namesOf(issued));
        for (const text of fields) expect(text).toMatch(/^[\x20-\x7e]*$/);
      }),
      { numRuns: 50 },
    );
  });
});

describe("ssl fields", () => {
  test("are the names in the form of fields, the certificate in one line", () => {
    const fields = sslFieldsOf(namesOf(client));
    expect(fields.slice(fields.indexOf("X-SSL-CLIENT-S-DN"))[1]).toBe("CN=Ann");
    const pem = fields[fields.indexOf("X-SSL-CLIENT-CERT") + 1] ?? "";
    expect(new X509Certificate(decodeURIComponent(pem)).subject).toBe("CN=Ann");
  });

  test("are known in any spelling", () => {
    for (const name of ["X-SSL-Client-Verify", "x_ssl_client_verify", "X.SSL-A", "x-SSL-b"])
      expect(isSslField(name)).toBe(true);
    for (const name of ["X-SSL", "XSSL-Client", "X-SSLa-b", "SSL-Client"])
      expect(isSslField(name)).toBe(false);
  });
});
