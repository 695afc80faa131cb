// --recorder-directory on the real gw: what passed is in the files, whoever has answered, but for what is secret.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually, launchGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { makePublicDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `export default {
  async fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/socket") return server.upgrade(request) ? undefined : new Response("no");
    if (pathname === "/big") return new Response(new Uint8Array(200_000), { headers: { "content-type": "image/png" } });
    const text = await request.text();
    return new Response("saw " + text.length, { headers: { "set-cookie": "sid=hunter2", "content-type": "text/plain" } });
  },
  websocket: { message() {} },
};`;

type Kept = {
  id: string;
  cause?: string;
  request: { method: string; target: string; fields: [string, string][]; body: object };
  answer: {
    status: number;
    fields: [string, string][];
    body: { bytes: number; text?: string; isCut?: boolean };
  };
};

test("recorder: requests and answers are kept whole, without secrets, and no more than were asked for", async () => {
  const dir = makePublicDir();
  const records = join(dir.path, "records");
  await using gw = await startGw([
    dir.write("app.mjs", APP),
    "--recorder-directory",
    records,
    "--recorder-keep",
    "5",
  ]);
  const texts = () =>
    readdirSync(records).map((name) => {
      try {
        return readFileSync(join(records, name), "utf8");
      } catch {
        return ""; // The oldest go.
      }
    });
  const find = (target: string) =>
    texts()
      .filter((text) => text.endsWith("}\n"))
      .map((text) => JSON.parse(text) as Kept)
      .find(({ request }) => request.target.startsWith(target));
  const kept = async (target: string): Promise<Kept> => {
    await eventually(() => find(target) !== undefined, `${target} is kept`);
    return find(target) as Kept;
  };
  await fetch(`${gw.url}login?code=hunter2`, {
    method: "POST",
    headers: {
      authorization: "Bearer hunter2",
      cookie: "sid=hunter2",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "user=ann&password=hunter2",
  });
  const login = await kept("/login");
  expect(login).toMatchObject({
    group: "default",
    worker: 1,
    request: {
      method: "POST",
      target: "/login?code=[hidden]",
      body: { bytes: 25, text: "user=ann&password=[hidden]" },
    },
    answer: { status: 200, body: { bytes: 6, text: "saw 25" } },
  });
  expect(texts().join()).not.toContain("hunter2");
  await (await fetch(`${gw.url}big`)).arrayBuffer();
  expect((await kept("/big")).answer).toMatchObject({ status: 200, body: { bytes: 200_000, isCut: true } });
  const socket = new WebSocket(`${gw.url.replace("http", "ws")}socket`);
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  expect((await kept("/socket")).answer.status).toBe(101);
  socket.close();
  for (let n = 0; n < 8; n++) await (await fetch(`${gw.url}n${n}`)).text();
  await kept("/n7");
  await eventually(() => readdirSync(records).length === 5, "only the newest are there");
  expect(readdirSync(records).map((name) => statSync(join(records, name)).mode & 0o777)).toEqual(
    Array(5).fill(0o600),
  );
  dir[Symbol.dispose]();
});

testWith(AS_ROOT)(
  "recorder: the files are the app's user's; a directory that is not ends the start by name",
  async () => {
    const dir = makePublicDir();
    const app = dir.write("app.mjs", APP);
    const root = ["--user", "nobody", "--server-root", join(dir.path, "root")];
    const flags = [
      "start-server",
      app,
      "--port",
      "0",
      "--host",
      "127.0.0.1",
      ...root,
      "--recorder-directory",
      join(dir.path, "records"),
    ];
    await using gw = launchGw(flags);
    expect(await gw.exited).toBe(73);
    expect(gw.stderr()).toMatch(/Requests cannot be recorded in \S+records: EACCES/);
    dir[Symbol.dispose]();
  },
);
