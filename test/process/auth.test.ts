// Who may ask: each answer of each hook, on the binary; what the app and the hooks are told, and what they are not.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { obey, statusOf } from "../support/control.ts";
import { paramOf, respond } from "../support/digest-client.ts";
import { eventually, type Gw, gwCommand, runGw, startGw } from "../support/gw.ts";
import { testWith, WITH_CURL } from "../support/needs.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { APPS } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const HOOKS = join(APPS, "hooks/hooks.ts");
const EXAMPLE = resolve(import.meta.dir, "../../examples/auth");
const DIGEST = join(APPS, "hooks/digest.ts");
const ECHO = join(APPS, "hooks/echo.ts");
const basic = (user: string, password = "right") =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const as = (user: string, password?: string) => ({ headers: { authorization: basic(user, password) } });

/** The fields that the app was given. */
const fieldsOf = async (answer: Response) => Object.fromEntries((await answer.json()) as [string, string][]);
const causeOf = (answer: Response) => /details="(\w+)"/.exec(answer.headers.get("proxy-status") ?? "")?.[1];

describe("auth with scripts", () => {
  let temp: TempDir;
  let notes: string;
  let gw: Gw;
  const ask = (path: string, init?: RequestInit) => fetch(new URL(path, gw.url), init);
  const noted = () => readFileSync(notes, "utf8");

  beforeAll(async () => {
    temp = makeTempDir();
    notes = temp.write("notes", "");
    gw = await startGw(
      [
        ECHO,
        ...["--host-access-script", HOOKS, "--auth-user-script", HOOKS, "--auth-group-script", HOOKS],
        ...["--auth-group", "staff", "--auth-group", "/admin=admins", "--auth-except-path", "/health"],
        ...["--auth-realm", "the shop", "--auth-timeout", "30s", "--auth-failures", "0", "--auth-cache", "0"],
      ],
      { env: { NOTES: notes } },
    );
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
    temp[Symbol.dispose]();
  });

  test.each<[path: string, user: string | undefined, status: number, cause: string | undefined]>([
    ["/", "ann", 200, undefined],
    ["/access/null", "ann", 200, undefined],
    ["/access/false", "ann", 403, "access_denied"],
    ["/access/odd", "ann", 403, "access_denied"],
    ["/access/throws", "ann", 403, "access_denied"],
    ["/", undefined, 401, "unauthorized"],
    ["/", "none", 401, "unauthorized"],
    ["/", "odd", 500, "auth_failed"],
    ["/", "throws", 500, "auth_failed"],
    ["/", "forger", 500, "auth_failed"],
    ["/", "lost", 500, "auth_failed"],
    ["/", "listless", 500, "auth_failed"],
    ["/admin", "ann", 200, undefined],
    ["/admin/x", "bob", 401, "unauthorized"],
    ["/ADMIN", "bob", 401, "unauthorized"],
    ["/%61dmin", "bob", 401, "unauthorized"],
    ["/health", undefined, 200, undefined],
    ["/health/../", undefined, 401, "unauthorized"],
  ])("auth: %s as %s: %d %s", async (path, user, status, cause) => {
    // What a URL normalises has to be sent as it stands.
    using client = await connectRaw({ port: gw.port });
    const line = user === undefined ? "" : `Authorization: ${basic(user)}\r\n`;
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n${line}Connection: close\r\n\r\n`);
    const answer = await client.untilClosed();
    expect([Number(answer.slice(9, 12)), /details="(\w+)"/.exec(answer)?.[1]]).toEqual([status, cause]);
    expect(/\r\nWWW-Authenticate: (.*)\r\n/.exec(answer)?.[1]).toBe(
      status === 401 ? 'Basic realm="the shop", charset="UTF-8"' : undefined,
    );
  });

  test("auth: a wrong password is answered like no password, and what hooks throw stands in the log with its place", async () => {
    const answer = await ask("/", as("ann", "wrong"));
    expect([answer.status, causeOf(answer)]).toEqual([401, "unauthorized"]);
    await ask("/", as("throws"));
    await gw.until(/\[auth \d+\] error: the password hook broke\n.*at checkPassword \(.*hooks\.ts:\d+/s);
    await gw.until(/request refused cause=auth_failed status=500/);
  });

  test("auth: the app learns who the user is, and nothing of the password", async () => {
    const fields = await fieldsOf(await ask("/", as("ann")));
    expect([fields["x-remote-user"], fields.authorization]).toEqual(["ann", undefined]);
    expect((await fieldsOf(await ask("/", as("alias"))))["x-remote-user"]).toBe("Ann of the Alias");
    const umlaut = (await fieldsOf(await ask("/", as("umlaut"))))["x-remote-user"] ?? "";
    expect(Buffer.from(umlaut, "latin1").toString()).toBe("Jürgen");
  });

  test("auth: no client says who it is, has that dropped on the way, or says it where nobody is asked", async () => {
    const claims = "X-Remote-User: root\r\nx_remote_user: root\r\nX-REMOTE-USER: root\r\n";
    const told = async (path: string, authorization: string, connection: string) => {
      using client = await connectRaw({ port: gw.port });
      await client.send(
        `GET ${path} HTTP/1.1\r\nHost: a\r\n${claims}${authorization}Connection: ${connection}\r\n\r\n`,
      );
      const text = await client.until(/\]\s*$/);
      return (JSON.parse(text.slice(text.indexOf("["))) as [string, string][])
        .filter(([name]) => name.includes("remote"))
        .map(([, value]) => value);
    };
    const ann = `Authorization: ${basic("ann")}\r\n`;
    expect(await told("/", ann, "keep-alive")).toEqual(["ann"]);
    expect(await told("/", ann, "X-Remote-User, keep-alive")).toEqual(["ann"]);
    expect(await told("/health", "", "keep-alive")).toEqual([]);
  });

  test("auth: hooks learn of the request and its client, and of no credentials", async () => {
    await ask("/seen?a=1", { ...as("ann"), method: "POST", body: "x" });
    expect(noted()).toContain("access POST /seen?a=1 127.0.0.1 null off\npassword ann null\ngroups ann\n");
  });

  test("auth: a connection goes on after 401, and ends where a body is still to come", async () => {
    using client = await connectRaw({ port: gw.port });
    await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until(/HTTP\/1\.1 401 .*cause: unauthorized/s);
    await client.send(`GET / HTTP/1.1\r\nHost: a\r\nAuthorization: ${basic("ann")}\r\n\r\n`);
    await client.until("HTTP/1.1 200 OK");
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    expect(await client.untilClosed()).toMatch(/401 Unauthorized\r\n(?:[^\r]*\r\n)*Connection: close\r\n/);
  });

  test.each<[string, string[]]>([
    ["another scheme", ["Bearer abc"]],
    ["no base64", ["Basic ~~~"]],
    ["no colon", [`Basic ${btoa("ann")}`]],
    ["nothing", [""]],
    ["Authorization twice", [basic("ann"), basic("ann")]],
    ["a line feed in the name", [basic("ann\n")]],
    ["60 kB", [`Basic ${"A".repeat(60_000)}`]],
  ])("auth: credentials that are none (%s) get 401", async (_name, values) => {
    using client = await connectRaw({ port: gw.port });
    const lines = values.map((value) => `Authorization: ${value}\r\n`).join("");
    await client.send(`GET / HTTP/1.1\r\nHost: a\r\n${lines}Connection: close\r\n\r\n`);
    expect(await client.untilClosed()).toStartWith("HTTP/1.1 401");
  });

  test("auth: status, banner and check-config tell of the process and its scripts", async () => {
    expect(gw.stdout()).toMatch(/^auth +: .*hooks\.ts.*, 1 process$/m);
    const { groups } = await statusOf(gw);
    const auth = groups.find(({ kind }) => kind === "auth");
    expect([auth?.name, auth?.state, auth?.workers.length]).toEqual(["auth:default", "serving", 1]);
    expect(await obey(gw, "check-config", ECHO, "--host-access-script", HOOKS)).toContain(
      "hooks.ts, 1 process",
    );
  });
});

describe("auth in other places", () => {
  test("auth: the example and the page about it say the same", async () => {
    await using gw = await startGw(["--config", resolve(EXAMPLE, "gw.config.json")]);
    const say = async (path: string, init?: RequestInit) => {
      const answer = await fetch(new URL(path, gw.url), init);
      return [answer.status, answer.status === 200 ? await answer.text() : causeOf(answer)];
    };
    expect(await say("/", as("ann", "secret"))).toEqual([200, "Hello, ann\n"]);
    expect(await say("/admin", as("bob", "secret"))).toEqual([401, "unauthorized"]);
    expect(await say("/health")).toEqual([200, "Hello, stranger\n"]);
    const page = readFileSync(resolve(import.meta.dir, "../../docs/auth.md"), "utf8");
    expect(page).toContain("    $ curl -u ann:secret http://localhost:8000/\n    Hello, ann\n");
  });

  test("auth: each group has its own guard, and its own processes", async () => {
    using temp = makeTempDir();
    const groups = {
      open: { app: ECHO },
      office: {
        app: ECHO,
        mount: "/office",
        authUserScript: HOOKS,
        authPath: ["/office/in"],
        remoteUserHeader: "X-Who",
      },
    };
    const config = temp.write("gw.config.json", JSON.stringify({ groups }));
    await using gw = await startGw(["--config", config]);
    const open = await fieldsOf(
      await fetch(gw.url, { headers: { "x-remote-user": "me", "x-who": "root", ...as("ann").headers } }),
    );
    // That it is told of users nowhere, and yet believes what is told in the other group, is nobody's to use.
    expect([open["x-who"], open["x-remote-user"], open.authorization]).toEqual([
      undefined,
      "me",
      basic("ann"),
    ]);
    expect((await fetch(new URL("/office/in/x", gw.url))).status).toBe(401);
    const inside = await fieldsOf(await fetch(new URL("/office/in", gw.url), as("ann")));
    expect([inside["x-who"], inside.authorization]).toEqual(["ann", undefined]);
    const outside = await fieldsOf(await fetch(new URL("/office", gw.url), { headers: { "x-who": "root" } }));
    expect(outside["x-who"]).toBeUndefined();
    expect((await statusOf(gw)).groups.map(({ name }) => name)).toEqual(["open", "office", "auth:office"]);
    expect(gw.stdout()).toMatch(/^auth office +: .*hooks\.ts, 1 process$/m);
  });

  test("auth: a WebSocket is asked as any request, and hooks see what a trusted proxy tells", async () => {
    using temp = makeTempDir();
    const notes = temp.write("notes", "");
    const proxy = ["--trust-proxy", "127.0.0.1", "--trust-proxy-header", "x-forwarded-for,x-forwarded-proto"];
    const args = [
      join(APPS, "websocket.ts"),
      "--auth-user-script",
      HOOKS,
      "--host-access-script",
      HOOKS,
      ...proxy,
    ];
    await using gw = await startGw(args, { env: { NOTES: notes } });
    const upgrade = async (authorization: string) => {
      using client = await connectRaw({ port: gw.port });
      await client.send(
        `GET /chat HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n${authorization}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      return (await client.until("\r\n\r\n")).slice(9, 12);
    };
    expect(await upgrade("")).toBe("401");
    expect(await upgrade(`Authorization: ${basic("ann")}\r\n`)).toBe("101");
    expect(readFileSync(notes, "utf8")).toContain("access GET /chat 203.0.113.9 null on");
  });
});

describe("auth: what cannot start is refused by name", () => {
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await runGw(["start-server", ECHO, "--port", "0", ...args]);
    expect(stdout).toBe("");
    return [code, stderr] as const;
  };

  test.each<[string, string[], number, RegExp]>([
    [
      "a script that is not there",
      ["--host-access-script", "/no.ts"],
      78,
      /hostAccessScript "\/no\.ts" does not exist/,
    ],
    ["a directory", ["--auth-user-script", APPS], 78, /is a directory, not a file/],
    [
      "a script and a file",
      ["--auth-user-script", HOOKS, "--auth-user-file", HOOKS],
      78,
      /both say who the users are/,
    ],
    [
      "groups without users",
      ["--auth-group-script", HOOKS, "--auth-group", "a"],
      78,
      /needs users, and nothing says who/,
    ],
    [
      "groups without a script",
      ["--auth-user-script", HOOKS, "--auth-group", "a"],
      78,
      /nothing says who is in them/,
    ],
    [
      "a group script without a group",
      ["--auth-user-script", HOOKS, "--auth-group-script", HOOKS],
      78,
      /no group is asked for/,
    ],
    [
      "Digest with a file",
      ["--auth-type", "Digest", "--auth-user-file", HOOKS],
      78,
      /what only a script can tell/,
    ],
    [
      "embedded mode",
      ["--host-access-script", HOOKS, "--embedded-mode"],
      78,
      /hostAccessScript cannot be used in embedded mode/,
    ],
    ["a script without the function", ["--auth-user-script", ECHO], 1, /has no function checkPassword/],
    [
      "a file of users that is none",
      ["--auth-user-file", HOOKS],
      78,
      /Line 1 of .*hooks\.ts" is not of the form/,
    ],
  ])("auth: %s", async (_name, args, code, text) => {
    const [found, stderr] = await refused(...args);
    expect(stderr).toMatch(text);
    expect(found).toBe(code);
  });

  test("auth: a script that throws is shown with its error", async () => {
    using temp = makeTempDir();
    const script = temp.write("hook.ts", 'throw new Error("no database");');
    const [code, stderr] = await refused("--host-access-script", script);
    expect(code).toBe(1);
    expect(stderr).toMatch(/The script .*hook\.ts could not be loaded: no database/);
  });
});

test("auth: a hook that decides by the path is asked for each, and one that does not is believed", async () => {
  using temp = makeTempDir();
  const notes = temp.write("notes", "");
  const script = temp.write(
    "hook.ts",
    `import { appendFileSync } from "node:fs";
     export function checkPassword(request, user, password) {
       appendFileSync(process.env.NOTES, user + "\\n");
       return password === "right" && (user === "root" || !request.target.startsWith("/secret"));
     }`,
  );
  await using gw = await startGw([ECHO, "--auth-user-script", script, "--auth-cache", "1h"], {
    env: { NOTES: notes },
  });
  const statusAs = async (user: string, path: string) =>
    (await fetch(new URL(path, gw.url), as(user))).status;
  expect([await statusAs("ann", "/public"), await statusAs("ann", "/secret")]).toEqual([200, 401]);
  for (const path of ["/public", "/secret"]) expect(await statusAs("root", path)).toBe(200);
  expect(readFileSync(notes, "utf8")).toBe("ann\nann\nroot\n");
});

describe("auth with a file of users", () => {
  const lineOf = (user: string, password: string) =>
    `${user}:${Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 4 })}\n`;

  test("auth: who is in the file gets in, also when it changes, and one that is wrong changes nothing", async () => {
    using temp = makeTempDir();
    const file = temp.write("users", lineOf("ann", "right"));
    await using gw = await startGw([
      ECHO,
      "--auth-user-file",
      file,
      "--auth-failures",
      "0",
      "--auth-cache",
      "0",
    ]);
    expect((await fieldsOf(await fetch(gw.url, as("ann"))))["x-remote-user"]).toBe("ann");
    temp.write("users", lineOf("bob", "right"));
    await eventually(async () => (await fetch(gw.url, as("bob"))).status === 200, "the file is taken up");
    expect((await fetch(gw.url, as("ann"))).status).toBe(401);
    temp.write("users", "bob:plain\n");
    await eventually(async () => {
      expect((await fetch(gw.url, as("bob"))).status).toBe(200);
      return gw.stderr().includes("is not taken up");
    }, "the new file is refused");
  });

  test("auth: what gw password writes lets its user in", async () => {
    using temp = makeTempDir();
    const file = join(temp.path, "users");
    const written = Bun.spawn([...gwCommand(), "password", file, "ann"], {
      stdin: Buffer.from("right\n"),
      stdout: "ignore",
    });
    expect(await written.exited).toBe(0);
    await using gw = await startGw([ECHO, "--auth-user-file", file]);
    expect((await fieldsOf(await fetch(gw.url, as("ann"))))["x-remote-user"]).toBe("ann");
    expect((await fetch(gw.url, as("ann", "Right"))).status).toBe(401);
    expect(gw.stderr()).not.toContain("warning");
  });

  test("auth: wrong passwords of one client are limited, and a right one of before goes on", async () => {
    using temp = makeTempDir();
    const file = temp.write("users", lineOf("ann", "right"));
    await using gw = await startGw([
      ECHO,
      "--auth-user-file",
      file,
      "--auth-failures",
      "3",
      "--auth-cache",
      "1h",
    ]);
    expect((await fetch(gw.url, as("ann"))).status).toBe(200);
    const statuses = (
      await Promise.all(Array.from({ length: 100 }, (_, n) => tryMany(gw, n * 100, 100)))
    ).flat();
    expect(statuses.length).toBe(10_000);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    // Three at once, and one more in each third of a minute.
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(100);
    expect((await fetch(gw.url, as("ann"))).status).toBe(200);
    expect(gw.stderr().includes("cause=too_many_failures status=429")).toBe(true);
    // Most of them have no line: there are 300 in ten seconds.
    expect(gw.stderr().split("cause=too_many_failures").length).toBeLessThan(3_000);
  });

  /** As fast as one connection takes them. */
  async function tryMany(gw: Gw, from: number, count: number): Promise<number[]> {
    using client = await connectRaw({ port: gw.port });
    const heads = Array.from({ length: count }, (_, n) => {
      const end = n === count - 1 ? "Connection: close\r\n" : "";
      return `GET / HTTP/1.1\r\nHost: a\r\nAuthorization: ${basic("ann", `p${from + n}`)}\r\n${end}\r\n`;
    });
    await client.send(heads.join(""));
    const answers = (await client.untilClosed(50_000)).split(/^HTTP\/1\.1 /m).slice(1);
    for (const answer of answers)
      if (answer.startsWith("429")) expect(answer).toMatch(/\r\nRetry-After: (?:1?[1-9]|10|20)\r\n/);
    return answers.map((answer) => Number(answer.slice(0, 3)));
  }

  test("auth: credentials of a megabyte are not read to their end", async () => {
    using temp = makeTempDir();
    await using gw = await startGw([ECHO, "--auth-user-file", temp.write("users", lineOf("ann", "right"))]);
    using client = await connectRaw({ port: gw.port });
    void client
      .send(`GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${"A".repeat(2 ** 20)}`)
      .catch(() => {});
    expect(await client.untilClosed()).toStartWith("HTTP/1.1 431");
    expect((await fetch(gw.url, as("ann"))).status).toBe(200);
  });
});

describe("auth with Digest", () => {
  let gw: Gw;
  beforeAll(async () => {
    gw = await startGw([ECHO, "--auth-type", "Digest", "--auth-user-script", DIGEST, "--front-ends", "2"]);
  });
  afterAll(() => gw[Symbol.asyncDispose]());

  const challenges = async () => {
    using client = await connectRaw({ port: gw.port });
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return [...(await client.untilClosed()).matchAll(/WWW-Authenticate: (.*)\r\n/g)].map(
      ([, line = ""]) => line,
    );
  };
  const ask = (authorization: string) => fetch(gw.url, { headers: { authorization }, keepalive: false });

  test("auth digest: both algorithms are offered, the better one first", async () => {
    const [first = "", second = "", third] = await challenges();
    expect([paramOf(first, "algorithm"), paramOf(second, "algorithm"), third]).toEqual([
      "SHA-256",
      "MD5",
      undefined,
    ]);
    expect([paramOf(first, "realm"), paramOf(first, "qop")]).toEqual(["gw", "auth"]);
  });

  test("auth digest: a response is taken once, whichever front end it comes to", async () => {
    const [, challenge = ""] = await challenges();
    const [nonce, opaque] = [paramOf(challenge, "nonce"), paramOf(challenge, "opaque")];
    const authorization = respond({ realm: "gw", nonce, opaque, algorithm: "MD5" });
    const first = await ask(authorization);
    expect([first.status, (await fieldsOf(first))["x-remote-user"]]).toEqual([200, "ann"]);
    for (let times = 0; times < 8; times++) {
      const again = await ask(authorization);
      expect([again.status, again.headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringContaining("stale=true"),
      ]);
    }
    expect((await ask(respond({ realm: "gw", nonce, opaque, algorithm: "MD5", nc: 2 }))).status).toBe(200);
    expect(
      (await ask(respond({ realm: "gw", nonce, opaque, algorithm: "MD5", nc: 3, password: "x" }))).status,
    ).toBe(401);
  });

  testWith(WITH_CURL)("auth digest: curl gets in, also where the hook knows hashes of MD5 only", async () => {
    const run = (password: string) =>
      Bun.spawn([
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "--digest",
        "-u",
        `ann:${password}`,
        gw.url,
      ]);
    expect(await new Response(run("right").stdout).text()).toBe("200");
    expect(await new Response(run("wrong").stdout).text()).toBe("401");
  });
});
