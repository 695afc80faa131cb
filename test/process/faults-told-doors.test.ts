// As faults-told.test.ts, for what is refused at the doors: of TLS, of HTTP/2, and behind a proxy.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { request } from "node:https";
import { CODE, FLAG, FRAME, SETTING, settingsFrame, wordFrame } from "../../src/http/h2/frames.ts";
import { FrameClient, GET, headers, type Pair, POST } from "../front/door/h2/frame-client.ts";
import { H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { freePort } from "../support/free-port.ts";
import { issue } from "../support/issue.ts";
import { connectRaw, exchangeRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import {
  CUT,
  expectToldAlike,
  type Seen,
  type Step,
  seenIn,
  seenOf,
  startTelling,
  walk,
} from "../support/told-places.ts";

setDefaultTimeout(60_000);

const APP = `export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/exit") process.exit(3);
  if (pathname === "/hang") await new Promise(() => {});
  if (pathname === "/large") return new Response(Buffer.alloc(3_000_000));
  return new Response("fine");
} };`;

/** What is asked for, with some of it said otherwise. */
const asking = (other: Record<string, string>, base = GET): Pair[] =>
  base.map(([name, value]) => [name, other[name] ?? value]);

test("told alike: what is refused over TLS and HTTP/2", async () => {
  using dir = makeTempDir();
  const secure = freePort();
  const app = dir.write("app.ts", APP);
  const server = issue({ name: "admin.test", names: ["admin.test", "dying.test"] });
  const files = {
    sslCertificateFile: dir.write("cert.pem", server.certificate),
    sslCertificateKeyFile: dir.write("key.pem", server.key),
    sslCaCertificateFile: dir.write("ca.pem", issue({ name: "Root", isAuthority: true }).certificate),
  };
  chmodSync(files.sslCertificateKeyFile, 0o600);
  const common = { app, sslVerifyClient: "none" };
  const groups = {
    any: { ...common, concurrency: 500, responseSocketTimeout: "1s", limitRequestBody: 100 },
    dying: { ...common, serverName: "dying.test" },
    admin: { ...common, serverName: "admin.test", sslVerifyClient: "require" },
  };
  const config = dir.write("gw.config.json", JSON.stringify({ ...files, groups }));
  const times = ["--handshake-timeout", "1s", "--header-timeout", "1s"];
  await using gw = await startTelling(["--config", config, "--https-port", String(secure), ...times]);

  const ask = (host: string, servername: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<Seen>();
    const options = { port: secure, servername, headers: { host }, rejectUnauthorized: false, agent: false };
    const sent = request(options, ({ statusCode: status = 0, headers: fields }) =>
      resolve(seenOf({ status, headers: new Headers(fields as Record<string, string>) })),
    );
    sent.on("error", reject).end();
    return promise;
  };
  const knock = async (bytes: string) => seenIn(await exchangeRaw({ port: secure }, bytes));
  const by = async (act: (client: FrameClient) => Promise<unknown>): Promise<Seen> => {
    using client = await FrameClient.connect(secure, true, H2_OVER_TLS);
    await act(client);
    const [, status, ...fields] = client.heads.get(1) ?? [];
    if (!client.hasAnswer(1)) return CUT;
    const named = new Headers();
    for (let at = 0; at < fields.length; at += 2) named.append(fields[at] ?? "", fields[at + 1] ?? "");
    return seenOf({ status: Number(status), headers: named });
  };
  const over = (fields: readonly Pair[], flags?: number) =>
    by(async (client) => {
      client.send(headers(1, fields, flags));
      await client.until(() => client.hasAnswer(1) || client.resetOf(1) !== undefined, "its end");
    });
  const begun = headers(1);
  begun[4] = FLAG.endStream;
  const hanging = (n: number) => headers(n * 2 + 1, asking({ ":path": "/hang" }));

  const steps: Step[] = [
    ["plain_request_on_tls", 400, () => knock("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
    ["tls_handshake_failed", 0, () => knock("no handshake at all\r\n\r\n")],
    ["tls_handshake_timeout", 0, () => knock("\x16\x03\x01")],
    ["tls_client_certificate", 403, () => ask("admin.test", "admin.test")],
    ["tls_name_mismatch", 421, () => ask("admin.test", "other.test")],
    ["malformed_request", 0, () => over([...GET, ["Big", "letters"]])],
    ["malformed_request", 400, () => over(asking({ ":path": "/#" }))],
    ["bad_host", 400, () => over(asking({ ":authority": "<b>" }))],
    ["method_not_implemented", 501, () => over(asking({ ":method": "get" }))],
    ["request_body_too_large", 413, () => over([...POST, ["content-length", "1000"]], 0)],
    ["expectation_failed", 417, () => over([...POST, ["expect", "nothing"]], 0)],
    ["worker_died", 502, () => over(asking({ ":path": "/exit", ":authority": "dying.test" }))],
    [
      "request_timeout_client",
      0,
      () =>
        by((client) => {
          client.send(begun);
          return client.untilEnded();
        }),
    ],
    [
      "too_many_streams",
      0,
      () =>
        by((client) => {
          client.send(...Array.from({ length: 101 }, (_, n) => hanging(n)));
          return client.until(() => client.resetOf(201) === CODE.refused, "the refusal");
        }),
    ],
    [
      "client_stalled",
      0,
      () =>
        by((client) => {
          const none = settingsFrame([[SETTING.initialWindowSize, 0]]);
          client.send(none, headers(1, asking({ ":path": "/large" })));
          return client.until(() => client.resetOf(1) !== undefined, "the end of the answer");
        }),
    ],
    [
      "http2_flood",
      0,
      () =>
        by((client) => {
          for (let n = 0; n < 300; n++)
            client.send(hanging(n), wordFrame(FRAME.reset, 0, n * 2 + 1, CODE.cancel));
          return client.untilEnded();
        }),
    ],
  ];
  await walk(gw, steps);
  await expectToldAlike(gw, steps);
  const log = gw.stderr();
  // What nobody was answered has no status.
  expect(log).toMatch(/refused cause=malformed_request id=\S+ .* why="a field name with capital letters"/);
  expect(log).toMatch(/refused cause=malformed_request status=400 id=\S+ .* why="a fragment in the target"/);
});

test("told alike: what is refused behind a proxy", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", APP);
  const flags = ["--proxy-protocol", "--trust-proxy", "127.0.0.1", "--max-clients-per-address", "1"];
  await using gw = await startTelling([app, ...flags, "--handshake-timeout", "1s"]);
  const of = (client: string) =>
    `PROXY TCP4 ${client} 127.0.0.1 1234 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n`;
  const knock = async (bytes: string) => seenIn(await exchangeRaw(gw.url, bytes));
  using inside = await connectRaw(gw.url);
  await inside.send(of("192.0.2.1"));
  await inside.until(/fine/);
  const steps: Step[] = [
    ["proxy_preface_refused", 0, () => knock("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
    ["proxy_preface_timeout", 0, () => knock("PROXY TCP4 ")],
    ["too_many_from_address", 429, () => knock(of("192.0.2.1"))],
  ];
  await walk(gw, steps);
  await expectToldAlike(gw, steps);
});
