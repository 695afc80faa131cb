// Certificates that change while gw runs: when they are read, what is taken up, and what is told of those that nobody renews.
import { describe, expect, test } from "bun:test";
import type { Certified, ServerCertificate } from "../../../src/certificates/certificate-files.ts";
import type { CertificatesRead } from "../../../src/certificates/read-certificates.ts";
import { Renewal } from "../../../src/supervisor/changes/renewal.ts";
import { good, resolveText } from "../../options/configured.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const DAY_MS = 24 * 60 * 60_000;
const FILE = "/srv/shop/cert.pem";
const CONFIG = good(
  resolveText(JSON.stringify({ app: "app.ts", httpsPort: 8443, sslCertificateFile: "cert.pem" })),
);

function setUp(daysLeft = 90) {
  const clock = new FakeClock();
  const { log, lines, texts } = captureLog();
  const certificateOf = (text: string): ServerCertificate => ({
    ...{ path: FILE, names: [], certificate: text, key: `key of ${text}` },
    expiresAtMs: clock.wall() + daysLeft * DAY_MS,
  });
  const first = certificateOf("first");
  const files = { mark: "first" };
  let read: CertificatesRead = { problems: [], warnings: [], certificates: [first] };
  const renewed: [string, readonly ServerCertificate[]][] = [];
  let settled = Promise.resolve();
  const reloads = {
    present: { ...CONFIG, certificates: [first] as readonly ServerCertificate[] } as typeof CONFIG &
      Certified & { certificates: readonly ServerCertificate[] },
    settled: () => settled,
    readCertificates: () => read,
    async renew(by: string, { certificates = [], authorities }: Certified) {
      renewed.push([by, certificates]);
      reloads.present = { ...reloads.present, certificates, ...(authorities && { authorities }) };
      return {} as never;
    },
  };
  const look = (path: string) => (path === FILE ? { id: path, mark: files.mark, changedAtMs: 0 } : undefined);
  const noted: object[] = [];
  const chronicle = { noteReload: (reload: object) => void noted.push(reload) };
  const renewal = new Renewal({ clock, log, look, reloads: () => reloads, chronicle });
  renewal.refresh();
  return {
    ...{ clock, lines, texts, renewed, renewal, certificateOf, reloads, noted },
    hold: (until: Promise<void>) => {
      settled = until;
    },
    /** The file says something else, and it has come to rest. */
    async change(next: Partial<CertificatesRead>) {
      read = { problems: [], warnings: [], certificates: [], ...next };
      files.mark += "!";
      clock.advance(1_000);
      for (let turns = 0; turns < 5; turns++) await Promise.resolve();
    },
  };
}

const problem = {
  cause: "configuration" as const,
  what: "The key does not belong to it",
  advice: "Name its key",
};

describe("renewal", () => {
  test("renewal: a changed file that is good is taken up", async () => {
    const { change, renewed, certificateOf, texts, renewal } = setUp();
    const next = certificateOf("next");
    await change({ certificates: [next] });
    expect(renewed).toEqual([[`a change of ${FILE}`, [next]]]);
    expect(texts()).toEqual(["a certificate has changed"]);
    expect(renewal.refused).toBeUndefined();
  });

  test("renewal: so are authorities of clients, and what they have revoked", async () => {
    const { change, reloads } = setUp();
    const certificates = [...(reloads.present.certificates ?? [])];
    await change({ certificates, authorities: { ca: "A", crl: "B" } });
    expect(reloads.present.authorities).toEqual({ ca: "A", crl: "B" });
  });

  test("renewal: one that is bad is told with its reason, and taken up once it is good", async () => {
    const { change, renewed, certificateOf, lines, renewal, noted } = setUp();
    await change({ problems: [problem] });
    expect(renewed).toEqual([]);
    const [by, reason, detail] = [`a change of ${FILE}`, problem.what, problem.advice];
    expect(noted).toEqual([{ by, outcome: "refused", generation: null, tookMs: 0, reason, detail }]);
    expect(renewal.refused).toMatchObject({ file: FILE, reason: problem.what });
    expect(lines.at(-1)).toMatchObject({
      level: "error",
      fields: { file: FILE, why: problem.what, advice: problem.advice },
    });
    await change({ certificates: [certificateOf("next")] });
    expect(renewed).toHaveLength(1);
    expect(renewal.refused).toBeUndefined();
  });

  test("renewal: the same certificate in a touched file changes nothing", async () => {
    const { change, renewed, reloads, lines } = setUp();
    await change({ certificates: [...reloads.present.certificates] });
    expect([renewed, lines]).toEqual([[], []]);
  });

  test("renewal: one that was bad for a while and is as before is told, and changes nothing", async () => {
    const { change, renewed, reloads, texts, renewal } = setUp();
    await change({ problems: [problem] });
    await change({ certificates: [...reloads.present.certificates] });
    expect([renewed, renewal.refused]).toEqual([[], undefined]);
    expect(texts().at(-1)).toBe("the certificate that is served stands in its file again");
  });

  test("renewal: what a reload has taken up meanwhile is not taken up once more", async () => {
    const { change, hold, renewed, reloads, certificateOf } = setUp();
    const reload = Promise.withResolvers<void>();
    hold(reload.promise);
    const next = certificateOf("next");
    await change({ certificates: [next] });
    reloads.present = { ...reloads.present, certificates: [next] };
    reload.resolve();
    for (let turns = 0; turns < 5; turns++) await Promise.resolve();
    expect(renewed).toEqual([]);
  });

  test("renewal: after the stop nobody looks", async () => {
    const { change, renewal, renewed, certificateOf, clock } = setUp();
    renewal.stop();
    await change({ certificates: [certificateOf("next")] });
    expect([renewed, clock.pending()]).toEqual([[], []]);
  });

  test("renewal: what expires soon is told each day, and what has expired as an error", () => {
    const { clock, lines } = setUp(22.5);
    const told: [string, string][] = [];
    for (let day = 1; day <= 24; day++) {
      clock.jump(DAY_MS);
      for (const { level, text } of lines.splice(0)) told.push([level, text]);
    }
    expect(told).toHaveLength(23);
    expect(told[0]).toEqual([
      "warn",
      expect.stringMatching(/^the certificate in "\/srv\/shop\/cert\.pem" expires on .*, in 20 days$/),
    ]);
    expect(told.at(-1)).toEqual(["error", "a certificate has expired, and clients refuse it"]);
  });
});
