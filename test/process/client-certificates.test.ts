// Certificates of clients on the real gw: who is let in, by which ways nobody gets around that, and what apps are told.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { type RequestOptions, request } from "node:https";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, gwCommand, startGw } from "../support/gw.ts";
import { type Issued, issue, issueList } from "../support/issue.ts";
import { testWith, WITH_CURL, WITH_OPENSSL } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Tells what it sees of its client, as a program of node would ask. */
const APP = `
  import { createServer } from "node:http";
  createServer((request, response) => {
    const { socket, headers } = request;
    response.end(JSON.stringify({
      encrypted: socket.encrypted,
      authorized: socket.authorized,
      error: socket.authorizationError,
      subject: socket.getPeerCertificate?.().subject,
      protocol: socket.getProtocol?.(),
      servername: socket.servername,
      fields: Object.fromEntries(Object.entries(headers).filter(([name]) => /^x.ssl/.test(name))),
    }));
  }).listen(process.env.PORT);`;

/** Lets nobody in but Ann, at this very server. */
const HOOK = `
  export const allowAccess = ({ tls }) =>
    tls.isHttps() &&
    tls.varLookup("SSL_CLIENT_VERIFY") === "SUCCESS" &&
    tls.varLookup("SSL_CLIENT_S_DN_CN") === "Ann" &&
    tls.varLookup("SSL_SERVER_SAN_DNS_0") === "shop.test" &&
    tls.varLookup("SSL_TLS_SNI") === "hook.test" &&
    tls.varLookup("SSL_NO_SUCH_NAME") === undefined;`;

const DAY_MS = 86_400_000;
const CLIENT = "1.3.6.1.5.5.7.3.2";
const root = issue({ name: "Root", isAuthority: true });
const person = (name: string, more: Partial<Parameters<typeof issue>[0]> = {}) =>
  issue({ name, issuer: root, usage: CLIENT, ...more });
const ann = person("Ann");
const bob = person("Bob");
const evil = person("a\r\nX-SSL-Client-Verify: SUCCESS\r\n\r\nGET / HTTP/1.1");
const old = person("Old", { fromMs: Date.now() - 9 * DAY_MS, untilMs: Date.now() - DAY_MS });
const stranger = person("Ann", { issuer: issue({ name: "Root", isAuthority: true }) });
const server = issue({
  name: "shop.test",
  names: ["shop.test", "admin.test", "open.test", "hook.test", "127.0.0.1"],
});

function writeKey(dir: TempDir, name: string, { key }: Issued): string {
  const path = `${dir.path}/${name}`;
  writeFileSync(path, key, { mode: 0o600 });
  return path;
}

type Answer = { status: number; body: string; app: ReturnType<typeof JSON.parse> };
type How = RequestOptions & { as?: Issued; host?: string };

describe("certificates of clients", () => {
  let dir: TempDir;
  let gw: Gw;
  let plain: number;
  let secure: number;

  const writeLists = (...revoked: Issued[]) => {
    const path = `${dir.path}/crl.pem`;
    writeFileSync(`${path}.new`, issueList(root, revoked));
    renameSync(`${path}.new`, path);
    return path;
  };

  beforeAll(async () => {
    dir = makeTempDir();
    const app = dir.write("app.ts", APP);
    const files = {
      sslCertificateFile: dir.write("cert.pem", server.certificate),
      sslCertificateKeyFile: writeKey(dir, "key.pem", server),
      sslCaCertificateFile: dir.write("ca.pem", root.certificate),
      sslCrlFile: writeLists(bob),
    };
    const groups = {
      shop: {
        app,
        serverName: "shop.test",
        sslVerifyClient: ["optional", "require=/admin"],
        sslEnvironment: true,
      },
      admin: { app, serverName: "admin.test" },
      hook: {
        app,
        serverName: "hook.test",
        sslVerifyClient: "optional",
        hostAccessScript: dir.write("hook.ts", HOOK),
      },
      open: { app, serverName: "open.test", sslVerifyClient: "none", allowLocalhost: true },
    };
    plain = freePort();
    secure = freePort();
    const config = dir.write("gw.config.json", JSON.stringify({ ...files, groups }));
    gw = await startGw(["--config", config, "--port", String(plain), "--https-port", String(secure)]);
  });
  afterAll(async () => {
    await gw?.[Symbol.asyncDispose]();
    dir?.[Symbol.dispose]();
  });

  /** `host`: in the request; the handshake names `servername`, or else the same. */
  function ask({
    as,
    host = "shop.test",
    servername = host,
    path = "/",
    ...more
  }: How = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const shown = as && { cert: as.certificate, key: as.key };
    const sent = request(
      {
        host: "127.0.0.1",
        port: secure,
        path,
        servername,
        rejectUnauthorized: false,
        agent: false,
        ...shown,
        ...more,
        headers: { ...more.headers, host },
      },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => {
          body += piece;
        });
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          resolve({ status, body, app: status === 200 ? JSON.parse(body) : undefined });
        });
      },
    );
    sent.on("error", reject);
    sent.end();
    return promise;
  }

  const ASKED: [what: string, how: How, status: number, why?: string][] = [
    ["a good one", { as: ann }, 200],
    ["a good one, where one is needed", { as: ann, path: "/admin" }, 200],
    ["a good one, where one is needed for all", { as: ann, host: "admin.test" }, 200],
    ["none, where it need not be", {}, 200],
    ["none", { path: "/admin" }, 403, "the client has shown no certificate"],
    [
      "none, for a group that says nothing besides",
      { host: "admin.test" },
      403,
      "the client has shown no certificate",
    ],
    ["a revoked one", { as: bob, path: "/admin" }, 403, "CERT_REVOKED"],
    ["a revoked one, where it need not be", { as: bob }, 403, "CERT_REVOKED"],
    ["an expired one", { as: old, path: "/admin" }, 403, "CERT_HAS_EXPIRED"],
    ["one of an authority with the same name", { as: stranger, path: "/admin" }, 403],
    ["one that signs itself", { as: issue({ name: "Ann" }), path: "/admin" }, 403],
    ["a bad one, where nobody asks", { as: stranger, host: "open.test" }, 200],
    ["none, to another spelling of the path", { path: "/x/..%2fADMIN" }, 403],
    ["none, to a path around it", { path: "//admin/./a" }, 403],
    ["a handshake for a group that asks for none", { servername: "open.test", host: "admin.test" }, 421],
    ["the same with a good one", { as: ann, servername: "open.test", host: "admin.test" }, 421],
    ["a handshake that names nobody", { as: ann, servername: "", host: "admin.test" }, 421],
    ["the other way around", { servername: "admin.test", host: "open.test" }, 200],
  ];
  for (const [what, how, status, why] of ASKED)
    test(`${what} gets ${status}`, async () => {
      const before = gw.stderr().length;
      expect((await ask(how)).status).toBe(status);
      if (why === undefined) return;
      const isSaid = () => {
        const said = gw.stderr().slice(before);
        return said.includes("cause=tls_client_certificate status=403") && said.includes(why);
      };
      await gw.until(isSaid);
    });

  test("an HTTP/2 connection for one name is no way to another one", async () => {
    const session = connectHttp2(`https://127.0.0.1:${secure}`, {
      servername: "open.test",
      rejectUnauthorized: false,
    });
    const status = (authority: string, path = "/") => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const stream = session.request({ ":authority": authority, ":path": path });
      stream.on("response", (head) => resolve(head[":status"]));
      stream.on("error", reject);
      stream.resume();
      return promise;
    };
    expect(await status("open.test")).toBe(200);
    expect(await status("admin.test")).toBe(421);
    expect(await status("shop.test", "/admin")).toBe(421);
    session.destroy();
  });

  test("the plain port is no way around it", async () => {
    const get = (path: string, host: string) =>
      fetch(`http://127.0.0.1:${plain}${path}`, { headers: { host } });
    expect((await get("/admin", "shop.test")).status).toBe(403);
    expect((await get("/", "admin.test")).status).toBe(403);
    expect((await get("/", "open.test")).status).toBe(200);
  });

  test("a program of node sees its client as on a socket of its own", async () => {
    expect((await ask({ as: ann, path: "/admin" })).app).toMatchObject({
      encrypted: true,
      authorized: true,
      error: null,
      subject: { CN: "Ann" },
      protocol: "TLSv1.3",
      servername: "shop.test",
    });
    expect((await ask()).app).toMatchObject({ encrypted: true, authorized: false });
    expect((await ask({ as: stranger, host: "open.test" })).app).toMatchObject({
      authorized: false,
      error: expect.stringMatching(/^[A-Z_]+$/),
      subject: { CN: "Ann" },
    });
  });

  test("an app is told by fields, which no client and no name in a certificate can forge", async () => {
    const headers = { "X-SSL-Client-Verify": "SUCCESS", x_ssl_client_s_dn: "CN=root", "X-SSL-Other": "x" };
    const { fields } = (await ask({ headers })).app;
    expect(fields).toMatchObject({
      "x-ssl-client-verify": "NONE",
      "x-ssl-protocol": "TLSv1.3",
      "x-ssl-tls-sni": "shop.test",
    });
    expect(Object.keys(fields).filter((name) => /other|s.dn/.test(name))).toEqual([]);
    const told = (await ask({ as: evil, headers })).app.fields;
    expect(told["x-ssl-client-verify"]).toBe("SUCCESS");
    expect(told["x-ssl-client-s-dn"]).toBe(
      "CN=a\\0D\\0AX-SSL-Client-Verify: SUCCESS\\0D\\0A\\0D\\0AGET / HTTP/1.1",
    );
    // A group that does not want to know is left alone.
    expect((await ask({ as: ann, host: "admin.test", headers })).app.fields).toMatchObject({
      "x-ssl-other": "x",
    });
  });

  test("a hook looks it up by the names of mod_ssl", async () => {
    expect((await ask({ as: ann, host: "hook.test" })).status).toBe(200);
    expect((await ask({ as: person("Carl"), host: "hook.test" })).status).toBe(403);
    expect((await ask({ host: "hook.test" })).status).toBe(403);
  });

  testWith(WITH_CURL)("curl shows one by its files", () => {
    const files = ["--cert", dir.write("ann.pem", ann.certificate), "--key", writeKey(dir, "ann.key", ann)];
    const curl = (...more: string[]) =>
      Bun.spawnSync([
        ...[
          "curl",
          "-sk",
          "--noproxy",
          "*",
          "-w",
          " %{http_code}",
          "--resolve",
          `shop.test:${secure}:127.0.0.1`,
        ],
        ...[...more, `https://shop.test:${secure}/admin`],
      ]).stdout.toString();
    expect(curl(...files)).toEndWith(" 200");
    expect(curl()).toEndWith(" 403");
  });

  test("no session goes on without a look at the certificate, and one that is revoked gets no further", async () => {
    const carl = person("Carl");
    const asked = { as: carl, path: "/admin" };
    const shaken = () => {
      const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
      const options = {
        host: "127.0.0.1",
        port: secure,
        servername: "shop.test",
        rejectUnauthorized: false,
      };
      const socket = connectTls(
        { ...options, cert: carl.certificate, key: carl.key, maxVersion: "TLSv1.2" },
        () => resolve(socket),
      );
      socket.on("error", reject);
      return promise;
    };
    const first = await shaken();
    const session = first.getSession();
    first.destroy();
    expect((await ask(asked)).status).toBe(200);
    writeLists(bob, carl);
    await gw.until(/a certificate has changed/);
    const more = { maxVersion: "TLSv1.2" as const, ...(session && { session }) };
    await eventually(
      async () => (await ask({ ...asked, ...more })).status === 403,
      "the revoked one is refused",
    );
    expect((await ask({ as: ann, path: "/admin" })).status).toBe(200);
  });
});

testWith(WITH_CURL, WITH_OPENSSL)(
  "certificates of clients: the commands of the example, one after the other",
  async () => {
    using dir = makeTempDir();
    const folder = "examples/client-certificate";
    mkdirSync(join(dir.path, folder), { recursive: true });
    for (const file of ["app.ts", "gw.config.json"])
      dir.write(`${folder}/${file}`, readFileSync(join(import.meta.dir, "../..", folder, file), "utf8"));
    const source = readFileSync(join(dir.path, folder, "app.ts"), "utf8");
    const [openssl = [], certificate = [], start = [], curl = []] = [
      ...source.matchAll(/^\/\/ {3}(\S.*)$/gm),
    ].map(([, line = ""]) => line.split(" "));
    const run = (...words: string[]) => Bun.spawnSync(words, { cwd: dir.path });
    expect(run(...openssl).exitCode).toBe(0);
    expect(run(...gwCommand(), ...certificate.slice(1)).exitCode).toBe(0);
    const port = String(freePort());
    await using _gw = await startGw([...start.slice(2), "--port", port, "--https-port", port], {
      cwd: dir.path,
    });
    const asked = (words: readonly string[]) =>
      run(...words.map((word) => word.replace("8443", port)), "-sS", "--noproxy", "*").stdout.toString();
    expect(asked(curl)).toBe("Hello, Ann\n");
    const without = [...curl.slice(0, 3), ...curl.slice(-1)];
    expect(asked(without)).toBe("Hello, stranger\n");
    expect(asked(without.map((word) => word.replace(/\/$/, "/private")))).toContain("tls_client_certificate");
  },
);

test("certificates of clients: without authorities they cannot be asked for, and bad files are refused by name", () => {
  using dir = makeTempDir();
  const own = [
    "--ssl-certificate-file",
    dir.write("cert.pem", server.certificate),
    "--ssl-certificate-key-file",
    writeKey(dir, "key.pem", server),
  ];
  const check = (...words: string[]) => {
    const { exitCode, stderr } = Bun.spawnSync([
      ...gwCommand(),
      "check-config",
      "--https-port",
      "1",
      ...own,
      ...words,
    ]);
    return [exitCode, stderr.toString()];
  };
  expect(check("--ssl-verify-client", "require=/admin")).toEqual([
    78,
    expect.stringContaining("needs authorities"),
  ]);
  const leaf = dir.write("leaf.pem", ann.certificate);
  expect(check("--ssl-ca-certificate-file", leaf)).toEqual([
    78,
    expect.stringContaining("is not one of an authority"),
  ]);
  const ca = ["--ssl-ca-certificate-file", dir.write("ca.pem", root.certificate)];
  expect(check(...ca, "--ssl-crl-file", leaf)).toEqual([
    78,
    expect.stringContaining("no list of revoked certificates"),
  ]);
  expect(check(...ca, "--ssl-verify-client", "none=/a", "--ssl-verify-client", "require=/a")).toEqual([
    78,
    expect.stringContaining('says two things of "/a"'),
  ]);
  expect(check(...ca, "--ssl-crl-file", dir.write("crl.pem", issueList(root, [bob])))).toEqual([0, ""]);
});
