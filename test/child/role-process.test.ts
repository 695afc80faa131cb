// What a process of any role does, in processes that have no other: the role is the few lines that each test gives it.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { VERSION } from "../../src/core/version.ts";
import { type FromChild, PROTOCOL } from "../../src/link/messages.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { Watch } from "../support/watch.ts";

const SOURCE = resolve(import.meta.dir, "../../src/child/role-process.ts");

function startRole(lines: string) {
  const temp = makeTempDir();
  const path = join(temp.path, "role.ts");
  writeFileSync(
    path,
    `import { RoleProcess } from ${JSON.stringify(SOURCE)};\nconst child = new RoleProcess("front");\n${lines}`,
  );
  const messages: FromChild[] = [];
  const watch = new Watch();
  const child = Bun.spawn([process.execPath, path], {
    stdio: ["ignore", "inherit", "inherit"],
    serialization: "json",
    ipc(message: FromChild) {
      messages.push(message);
      watch.tell();
    },
  });
  return {
    child,
    messages,
    heard: (type: FromChild["type"], text?: string) =>
      watch.until(
        () => messages.some((one) => one.type === type && (one.type !== "log" || !text || one.text === text)),
        () => `${type} to be said`,
      ),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      temp[Symbol.dispose]();
    },
  };
}

test("role process: it greets first, in its role, and what its log has to say comes after", async () => {
  await using role = startRole(`child.greet(); child.log.info("here", { n: 1, none: undefined });`);
  await role.heard("log");
  expect(role.messages[0]).toEqual({
    type: "hello",
    ...{ protocol: PROTOCOL, role: "front", pid: role.child.pid, version: VERSION },
  });
  expect(role.messages).toContainEqual({ type: "log", level: "info", text: "here", fields: { n: 1 } });
});

test("role process: it ends when the supervisor's end of the channel is gone, also before it has greeted", async () => {
  for (const lines of [`child.greet();`, ""]) {
    await using role = startRole(`${lines} setInterval(() => {}, 1000);`);
    role.child.disconnect();
    expect(await role.child.exited).toBe(4);
  }
});

const FAILURE = `{ type: "failed", cause: "bug", facts: { what: "a".repeat(200_000) }, step: "configure" }`;

test.each(["fail", "failAtOnce"])("role process: %s tells why before it ends", async (how) => {
  await using role = startRole(`child.greet(); await child.${how}(${FAILURE}); console.error("went on");`);
  await role.heard("failed");
  expect(await role.child.exited).toBe(3);
  expect(role.messages.at(-1)).toMatchObject({ type: "failed", cause: "bug", step: "configure" });
});

test("role process: it becomes who it was told to be, and a refusal names the step", async () => {
  await using role = startRole(`
    child.greet();
    child.become({ umask: 0o27 }, "/");
    child.log.info("umask", { is: process.umask().toString(8) });
    try {
      child.become({ chroot: "/nowhere/at/all" }, "/");
    } catch (error) {
      child.log.info("refused", { cause: error.cause_, role: error.facts.role });
    }
    child.log.info("end");`);
  await role.heard("log", "end");
  const told = role.messages.filter((message) => message.type === "log");
  expect(told).toMatchObject([
    { text: "umask", fields: { is: "27" } },
    { text: "refused", fields: { cause: "identity_refused", role: "The front" } },
    { text: "end" },
  ]);
});

test("role process: it ignores the signals of terminals and service managers, and leaves when it is told to", async () => {
  await using role = startRole(
    `child.ignoreSignals(); child.channel.listen((order) => order.type === "drain" && child.leave()); child.greet();`,
  );
  await role.heard("hello");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)
    role.child.kill(signal);
  role.child.send({ type: "drain", withinMs: 1000 });
  expect(await role.child.exited).toBe(0);
  expect(role.messages.slice(1)).toEqual([{ type: "drained" }, { type: "bye", reason: "drained" }]);
});
