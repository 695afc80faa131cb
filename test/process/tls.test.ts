// HTTPS on the real gw, asked by Node's client, curl and openssl: who is shown which certificate, what apps see of it, and
// that a renewed one is taken up under load without a lost request.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls, type PeerCertificate } from "node:tls";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, gwCommand, startGw } from "../support/gw.ts";
import { type Issued, issue, issueChain } from "../support/issue.ts";
import { ON_LINUX, testWith, WITH_CURL, WITH_OPENSSL } from "../support/needs.ts";
import { exchangeRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(120_000);

const APP = `
  import { createServer } from "node:http";
  createServer((request, response) => {
    response.setHeader("Strict-Transport-Security", "max-age=1");
    response.end(JSON.stringify({ url: request.url, host: request.headers.host, encrypted: request.socket.encrypted ?? false }));
  }).listen(process.env.PORT);`;
const FETCH_APP = `export default { fetch(request: Request) { return new Response(request.url); } };`;

const HSTS = "max-age=60; includeSubDomains";

/** Writes a pair, the key for its owner alone; each file at once, as certbot does. */
function writePair(dir: TempDir, name: string, { certificate, key }: Pick<Issued, "certificate" | "key">) {
  const files = { cert: join(dir.path, `${name}.pem`), key: join(dir.path, `${name}.key`) };
  const write = (path: string, text: string) => {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  write(files.key, key);
  write(files.cert, certificate);
  return files;
}

type Answer = { status: number; body: string; headers: Record<string, string | string[] | undefined> };

/** What a client gets that trusts `ca`; it asks for \`servername\` in the handshake, and for \`host\` in the request. */
function ask(
  port: number,
  options: { ca: string; servername?: string; host?: string; path?: string; plain?: boolean },
): Promise<Answer> {
  const { ca, servername = "localhost", host = `localhost:${port}`, path = "/" } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(
    { host: "127.0.0.1", port, path, ca, servername, headers: { host }, agent: false },
    (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        body += piece;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }));
      answer.on("error", reject);
    },
  );
  sent.on("error", reject);
  sent.end();
  return promise;
}

/** The certificate that is shown to whoever asks for this name, or for none. */
function shownTo(port: number, servername: string | undefined): Promise<PeerCertificate> {
  const { promise, resolve, reject } = Promise.withResolvers<PeerCertificate>();
  const options = { host: "127.0.0.1", port, rejectUnauthorized: false, ...(servername && { servername }) };
  const socket = connectTls(options, () => {
    resolve(socket.getPeerCertificate());
    socket.destroy();
  });
  socket.on("error", reject);
  return promise;
}

const nameShown = async (port: number, servername?: string) => (await shownTo(port, servername)).subject.CN;

const openssl = (port: number, ...words: string[]) => {
  const { stdout, stderr } = Bun.spawnSync(
    ["openssl", "s_client", "-connect", `127.0.0.1:${port}`, ...words],
    {
      stdin: Buffer.from(""),
    },
  );
  return `${stdout}${stderr}`;
};

/** The first message of a client that offers one cipher and asks for this name (RFC 8446 section 4.1.2, RFC 6066 section 3). */
function helloWithName(name: string): Buffer {
  const sized = (bytes: Buffer, width: number) => {
    const size = Buffer.alloc(width);
    size.writeUIntBE(bytes.length, 0, width);
    return Buffer.concat([size, bytes]);
  };
  const names = sized(Buffer.concat([Buffer.of(0), sized(Buffer.from(name), 2)]), 2);
  const extensions = sized(Buffer.concat([Buffer.of(0, 0), sized(names, 2)]), 2);
  const head = Buffer.concat([Buffer.of(3, 3), Buffer.alloc(32, "r"), Buffer.of(0, 0, 2, 0xc0, 0x2f, 1, 0)]);
  const message = Buffer.concat([Buffer.of(1), sized(Buffer.concat([head, extensions]), 3)]);
  return Buffer.concat([Buffer.of(0x16, 3, 1), sized(message, 2)]);
}

describe("tls: both ports", () => {
  const made = issueChain(["localhost", "127.0.0.1"]);
  const ca = made.root.certificate;
  let dir: TempDir;
  let gw: Gw;
  let secure: number;

  beforeAll(async () => {
    dir = makeTempDir();
    const chain = made.server.certificate + made.middle.certificate;
    const { cert, key } = writePair(dir, "own", { certificate: chain + ca, key: made.server.key });
    secure = freePort();
    gw = await startGw([
      dir.write("app.ts", APP),
      ...["--https-port", String(secure), "--ssl-certificate-file", cert, "--ssl-certificate-key-file", key],
      ...["--https-only", "--hsts-policy", HSTS, "--sticky", "cookie"],
    ]);
  });
  afterAll(async () => {
    await gw?.[Symbol.asyncDispose]();
    dir?.[Symbol.dispose]();
  });

  test("tls: both addresses are told, on the terminal and by gw status", async () => {
    const lines = `gw: serving http://127.0.0.1:${gw.port}/\ngw: serving https://127.0.0.1:${secure}/\n`;
    await gw.until((output) => output.includes(lines));
    const { stdout } = Bun.spawnSync([...gwCommand(), "status", "--port", String(gw.port)], {
      env: { ...process.env, TMPDIR: gw.tmp },
    });
    expect(stdout.toString()).toContain(`https://127.0.0.1:${secure}/`);
    expect(stdout.toString()).toMatch(/certificate \S+own\.pem: until \d{4}-\d\d-\d\d, in \d+ d \d+ h/);
    expect(stdout.toString()).not.toContain("PRIVATE KEY");
  });

  test("tls: an app sees that its client came over TLS, and gw's policy instead of its own", async () => {
    const { status, body, headers } = await ask(secure, { ca, path: "/a?b" });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ url: "/a?b", host: `localhost:${secure}`, encrypted: true });
    expect(headers["strict-transport-security"]).toBe(HSTS);
    expect(headers["set-cookie"]?.[0]).toEndWith("; Secure");
  });

  test("tls: gw's own errors carry the policy as well", async () => {
    const { status, headers } = await ask(secure, { ca, host: "a b" });
    expect([status, headers["strict-transport-security"]]).toEqual([400, HSTS]);
  });

  test("tls: a client of the plain port is sent to HTTPS, with its path, its query and its method", async () => {
    const url = `http://127.0.0.1:${gw.port}/a%20b?c=d`;
    const answer = await fetch(url, { method: "POST", body: "x", redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      308,
      `https://127.0.0.1:${secure}/a%20b?c=d`,
    ]);
    expect(answer.headers.get("strict-transport-security")).toBeNull();
  });

  testWith(WITH_CURL)("tls: curl follows it and trusts the chain", () => {
    const authority = dir.write("ca.pem", ca);
    const { stdout, exitCode } = Bun.spawnSync([
      ...["curl", "-sSL", "--cacert", authority, "--noproxy", "*", "-w", " %{http_code} %{scheme}"],
      `http://127.0.0.1:${gw.port}/x`,
    ]);
    expect([exitCode, stdout.toString().toLowerCase()]).toEqual([
      0,
      expect.stringMatching(/"encrypted":true\} 200 https$/),
    ]);
  });

  testWith(WITH_OPENSSL)("tls: 1.2 and 1.3 with forward secrecy, and nothing older or weaker", () => {
    expect(openssl(secure, "-tls1_3")).toContain("New, TLSv1.3, Cipher is TLS_");
    expect(openssl(secure, "-tls1_2")).toContain("New, TLSv1.2, Cipher is ECDHE-");
    for (const weak of [
      ["-tls1_1"],
      ["-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384:AES128-GCM-SHA256"],
    ])
      expect(openssl(secure, ...weak)).toMatch(/Cipher is \(NONE\)|no protocols available/);
  });

  test("tls: a request without TLS gets 400 in plain text, and the log says why", async () => {
    const got = await exchangeRaw({ port: secure }, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(got).toStartWith("HTTP/1.1 400 Bad Request\r\n");
    expect(got).toContain("This port speaks TLS");
    await gw.until(/request refused cause=plain_request_on_tls status=400/);
  });

  const ENDS: [string, Buffer][] = [
    ["junk", randomBytes(65_536)],
    [
      "a record that is too long",
      Buffer.concat([Buffer.from("160301ffff", "hex"), Buffer.alloc(65_535, "a")]),
    ],
    ["a name of 16 kB", helloWithName("a".repeat(16_000))],
    ["half of a handshake", helloWithName("localhost").subarray(0, 40)],
  ];
  test.each(ENDS)(
    "tls: what speaks no TLS ends its own connection and nobody else's: %s",
    async (_what, bytes) => {
      const closed = Promise.withResolvers<void>();
      const socket = connect(secure, "127.0.0.1", () => socket.end(bytes));
      socket.on("data", () => {});
      // A reset is an end as well.
      socket.on("error", () => {});
      socket.on("close", () => closed.resolve());
      await closed.promise;
      expect((await ask(secure, { ca })).status).toBe(200);
    },
  );

  testWith(WITH_OPENSSL)("tls: nobody can begin a second handshake on a connection", async () => {
    const words = ["openssl", "s_client", "-connect", `127.0.0.1:${secure}`, "-tls1_2"];
    const client = Bun.spawn(words, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    client.stdin.write("R\n");
    await client.stdin.flush();
    expect(await new Response(client.stderr).text()).toContain("no renegotiation");
    expect((await ask(secure, { ca })).status).toBe(200);
  });

  testWith(WITH_OPENSSL)(
    "tls: a client is told that its connection ends, and so knows that nothing was cut off",
    async () => {
      for (const version of ["-tls1_2", "-tls1_3"]) {
        const words = [
          "openssl",
          "s_client",
          "-connect",
          `127.0.0.1:${secure}`,
          version,
          "-ign_eof",
          "-quiet",
        ];
        const request = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        const client = Bun.spawn(words, { stdin: request, stdout: "pipe", stderr: "pipe" });
        expect(await new Response(client.stdout).text()).toContain("HTTP/1.1 200 ");
        expect(await new Response(client.stderr).text()).not.toContain("unexpected eof");
      }
    },
  );

  testWith(ON_LINUX)("tls: no other program gets onto the port of HTTPS", () => {
    const listen = () =>
      Bun.listen({ hostname: "127.0.0.1", port: secure, reusePort: true, socket: { data() {} } } as never);
    expect(listen).toThrow(/EADDRINUSE|Failed to listen/);
  });

  test("tls: no key is in the environment, the log or the words of any process", () => {
    const line = made.server.key.split("\n")[1] ?? "";
    expect(line.length).toBeGreaterThan(40);
    expect(gw.stdout() + gw.stderr()).not.toContain(line);
    const { stdout } = Bun.spawnSync(["pgrep", "-P", String(gw.pid)]);
    for (const pid of [gw.pid, ...stdout.toString().trim().split("\n")])
      for (const file of ["environ", "cmdline"])
        expect(readFileSync(`/proc/${pid}/${file}`, "latin1")).not.toContain(line);
  });
});

describe("tls: only HTTPS, with names", () => {
  const of = (name: string, ...more: string[]) => issue({ name, names: [name, ...more] });
  const [main, shop, wild] = [of("main.test"), of("shop.test"), of("wild.test", "*.wild.test")];
  let dir: TempDir;
  let gw: Gw;

  beforeAll(async () => {
    dir = makeTempDir();
    const [all, own, below] = [
      writePair(dir, "main", main),
      writePair(dir, "shop", shop),
      writePair(dir, "wild", wild),
    ];
    const app = dir.write("app.ts", FETCH_APP);
    const files = (pair: { cert: string; key: string }) => ({
      sslCertificateFile: pair.cert,
      sslCertificateKeyFile: pair.key,
    });
    const config = dir.write(
      "gw.config.json",
      JSON.stringify({
        ...files(all),
        groups: {
          main: { app, serverName: "main.test", allowLocalhost: true },
          shop: { app, serverName: "shop.test", ...files(own) },
          wild: { app, serverName: "wild.test", serverAlias: ["*.wild.test"], ...files(below) },
        },
      }),
    );
    const port = String(freePort());
    gw = await startGw(["--config", config, "--port", port, "--https-port", port, "--front-ends", "2"]);
  });
  afterAll(async () => {
    await gw?.[Symbol.asyncDispose]();
    dir?.[Symbol.dispose]();
  });

  test("tls: each name is shown its own certificate, and any other the first one", async () => {
    expect(gw.url).toStartWith("https://");
    const names = [
      "main.test",
      "shop.test",
      "SHOP.test",
      "wild.test",
      "a.wild.test",
      "other.test",
      undefined,
    ];
    expect(await Promise.all(names.map((name) => nameShown(gw.port, name)))).toEqual([
      ...["main.test", "shop.test", "shop.test", "wild.test", "wild.test", "main.test", "main.test"],
    ]);
  });

  test("tls: an app is told the address that its client asked for", async () => {
    const { body } = await ask(gw.port, {
      ca: shop.certificate,
      servername: "shop.test",
      host: "shop.test",
      path: "/x",
    });
    expect(body).toBe("https://shop.test/x");
  });

  test("tls: localhost gets to the group that answers for it, and no other name does", async () => {
    const asked = { ca: main.certificate, servername: "main.test" };
    const answers = ["localhost", "127.0.0.1", "LOCALHOST:1"].map((host) => ask(gw.port, { ...asked, host }));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await ask(gw.port, { ...asked, host: "other.test" })).status).toBe(421);
  });
});

testWith(WITH_CURL)("tls: the commands of docs/tls.md for development, one after the other", async () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/tls.md"), "utf8");
  const section = page.slice(page.indexOf("## A certificate for development"));
  const port = String(freePort());
  const commands = [...section.matchAll(/^ {4}(\S.*)$/gm)]
    .slice(0, 3)
    .map(([, line = ""]) => line.replace("8443", port).split(" "));
  expect(commands.map((words) => words.slice(0, 2).join(" "))).toEqual([
    "gw certificate",
    "gw start-server",
    "curl --cacert",
  ]);
  const [certificate = [], start = [], curl = []] = commands;
  using dir = makeTempDir();
  dir.write("app.ts", FETCH_APP);
  const made = Bun.spawnSync([...gwCommand(), ...certificate.slice(1)], { cwd: dir.path });
  expect([made.exitCode, made.stderr.toString()]).toEqual([0, ""]);
  await using gw = await startGw([...start.slice(2), "--port", port], { cwd: dir.path });
  const asked = Bun.spawnSync([...curl, "-sS", "--noproxy", "*"], { cwd: dir.path });
  expect([asked.stderr.toString(), asked.stdout.toString()]).toEqual(["", `https://localhost:${gw.port}/`]);
});

describe("tls: renewal", () => {
  const pairOf = (serial: string, wish = {}) =>
    issue({ name: `${serial}.test`, names: ["localhost", "127.0.0.1"], ...wish });

  test("tls: a renewed certificate is taken up under load, and no request fails", async () => {
    using dir = makeTempDir();
    const files = writePair(dir, "own", pairOf("first"));
    const port = String(freePort());
    await using gw = await startGw([
      ...[dir.write("app.ts", FETCH_APP), "--https-port", port, "--port", port, "--front-ends", "2"],
      ...["--ssl-certificate-file", files.cert, "--ssl-certificate-key-file", files.key],
    ]);
    await using load = startLoad(`https://127.0.0.1:${gw.port}/`, 8, {
      tls: { rejectUnauthorized: false },
    } as RequestInit);
    const takenUp = (name: string) =>
      eventually(async () => (await nameShown(gw.port)) === name, `${name} is shown`);
    expect(await nameShown(gw.port)).toBe("first.test");
    writePair(dir, "own", pairOf("second"));
    await takenUp("second.test");
    const status = () =>
      Bun.spawnSync([...gwCommand(), "status", "--port", port], {
        env: { ...process.env, TMPDIR: gw.tmp },
      }).stdout.toString();
    // A bad one is told, and the one before is served on.
    writePair(dir, "own", pairOf("expired", { untilMs: Date.now() - 86_400_000 }));
    await gw.until(/a changed certificate was refused; the one before is served on/);
    expect(await nameShown(gw.port)).toBe("second.test");
    expect(status()).toMatch(/refused .* ago, and the one before is served on: .*expired on/);
    writePair(dir, "own", pairOf("third"));
    await takenUp("third.test");
    const before = load.total;
    await eventually(() => load.total > before + 100, "clients are served on");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
    expect(status()).not.toContain("refused");
    expect(await gw.stop()).toBe(0);
  });

  test("tls: both ports are handed over to new front ends without a lost request, and gw check-reload asks over TLS", async () => {
    using dir = makeTempDir();
    const files = writePair(dir, "own", pairOf("own"));
    const secure = freePort();
    await using gw = await startGw([
      ...[dir.write("app.ts", FETCH_APP), "--https-port", String(secure), "--front-ends", "2"],
      ...["--ssl-certificate-file", files.cert, "--ssl-certificate-key-file", files.key],
    ]);
    await using load = startLoad(gw.url, 4, { headers: { connection: "close" } });
    const words = [
      "--times",
      "3",
      "--requests",
      "2000",
      "--concurrency",
      "8",
      "--front",
      "--port",
      String(gw.port),
    ];
    const checked = Bun.spawn([...gwCommand(), "check-reload", ...words, "--json"], {
      env: { ...process.env, TMPDIR: gw.tmp },
      stdout: "pipe",
    });
    const report = await new Response(checked.stdout).text();
    expect([await checked.exited, report]).toEqual([0, expect.stringContaining(String(secure))]);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("tls: a bad certificate keeps gw from starting, and a reload from taking it up", async () => {
    using dir = makeTempDir();
    const { key } = writePair(dir, "other", pairOf("other"));
    const { cert, key: own } = writePair(dir, "own", pairOf("own"));
    const check = (...words: string[]) => {
      const { exitCode, stderr } = Bun.spawnSync([
        ...gwCommand(),
        "check-config",
        "--https-port",
        "1",
        ...words,
      ]);
      return [exitCode, stderr.toString()];
    };
    const certificate = ["--ssl-certificate-file", cert];
    expect(check(...certificate, "--ssl-certificate-key-file", own)).toEqual([0, ""]);
    expect(check(...certificate, "--ssl-certificate-key-file", key)).toEqual([
      78,
      expect.stringContaining(
        `The key in "${key}" does not belong to the certificate in "${cert}" (own.test)`,
      ),
    ]);
    const config = dir.write(
      "gw.config.json",
      JSON.stringify({ sslCertificateFile: cert, sslCertificateKeyFile: own }),
    );
    const port = String(freePort());
    await using gw = await startGw([
      ...[dir.write("app.ts", FETCH_APP), "--config", config, "--https-port", port, "--port", port],
    ]);
    dir.write("gw.config.json", JSON.stringify({ sslCertificateFile: cert, sslCertificateKeyFile: key }));
    const { exitCode, stderr } = Bun.spawnSync([...gwCommand(), "reload", "--port", port], {
      env: { ...process.env, TMPDIR: gw.tmp },
    });
    expect(exitCode).not.toBe(0);
    expect(stderr.toString()).toContain("does not belong to the certificate");
    expect(await nameShown(gw.port)).toBe("own.test");
  });
});
