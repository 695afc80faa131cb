// Groups that run as different users, on the real gw: what their workers are, what they make, and that neither reaches the
// other's sockets. Needs root.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, lstatSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { obey, type statusOf, workersOf } from "../support/control.ts";
import { startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith } from "../support/needs.ts";
import { statusOf as kernelStatusOf } from "../support/proc-status.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const [NOBODY, NUMBERED, WWW_DATA] = [65_534, 4_711, 33];

const APP = `
  import { readdirSync, writeFileSync } from "node:fs";
  import { connect } from "node:net";
  const tried = (act) => { try { return act() } catch (error) { return error.code } };
  const reach = (path) => new Promise((tell) => {
    const socket = connect(path, () => { socket.destroy(); tell("reached"); });
    socket.on("error", (error) => tell(error.code));
  });
  export default { fetch: async (request) => {
    const asked = new URL(request.url).searchParams.getAll("socket");
    writeFileSync("made-by-" + process.getuid(), "");
    return Response.json({ uid: process.getuid(), reached: await Promise.all(asked.map(reach)),
      listed: ["run", "u1", "u2", "u3"].map((name) => tried(() => readdirSync(process.env.ROOT + "/" + name).length)) });
  } };`;

const MODE = 0o7777;

describeWith(AS_ROOT)("groups of different users", () => {
  test("identity: each is its own user, and nobody but gw's front ends reaches its sockets", async () => {
    using dir = makeTempDir();
    chmodSync(dir.path, 0o777);
    const root = join(dir.path, "root");
    dir.write("app.ts", APP);
    writeFileSync(join(dir.path, "package.json"), "{}");
    const config = (user: string) => ({
      user,
      serverRoot: root,
      setenv: [`ROOT=${root}`],
      groups: {
        one: { app: "app.ts", user: "nobody" },
        two: { app: "app.ts", user: String(NUMBERED), group: String(NUMBERED), mount: "/two" },
      },
    });
    const path = dir.write("gw.config.json", JSON.stringify(config("www-data")));
    await using gw = await startGw(["--config", path]);
    const at = { tmp: dir.path };
    const settled = async () => {
      const status = JSON.parse(await obey(at, "status", "--json", "--server-root", root));
      return status as Awaited<ReturnType<typeof statusOf>>;
    };
    const status = await settled();
    const uidOf = (pid: number | null | undefined) => kernelStatusOf(pid ?? 0).uids[1];
    expect([
      uidOf(status.fronts[0]?.pid),
      uidOf(workersOf(status, "one")[0]?.pid),
      uidOf(workersOf(status, "two")[0]?.pid),
    ]).toEqual([WWW_DATA, NOBODY, NUMBERED]);

    const dirs = readdirSync(root).filter((name) => /^(run|u\d)$/.test(name));
    const sockets = dirs.flatMap((name) =>
      readdirSync(join(root, name)).map((file) => join(root, name, file)),
    );
    expect(sockets).toHaveLength(2);
    for (const socket of sockets) {
      const { uid, gid, mode } = lstatSync(join(socket, ".."));
      expect([NOBODY, NUMBERED]).toContain(uid);
      expect([gid, mode & MODE, lstatSync(socket).mode & 0o777]).toEqual([WWW_DATA, 0o2710, 0o660]);
    }
    const query = sockets.map((socket) => `socket=${socket}`).join("&");
    for (const [mount, uid] of [
      ["", NOBODY],
      ["two", NUMBERED],
    ] as const) {
      const seen = (await (await fetch(`${gw.url}${mount}?${query}`)).json()) as Record<string, unknown>;
      const owners = sockets.map((socket) => lstatSync(socket).uid);
      expect(seen).toMatchObject({
        uid,
        reached: owners.map((owner) => (owner === uid ? "reached" : "EACCES")),
      });
      expect(lstatSync(join(dir.path, `made-by-${uid}`)).uid).toBe(uid);
    }
    await using load = startLoad(gw.url, 4);
    await using other = startLoad(`${gw.url}two`, 4);
    await obey(at, "reload", "--server-root", root);
    for (const one of [load, other]) {
      const { counts, total } = await one.finish();
      expect(counts).toEqual({ "200": total });
    }
    expect(await gw.stop()).toBe(0);
    expect(readdirSync(dir.path)).not.toContain("root");
  });
});
