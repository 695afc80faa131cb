import { expect, test } from "bun:test";
import { freePort } from "./free-port.ts";

test("free port: each is another one, and one that is taken is left out", () => {
  const first = freePort();
  using stranger = Bun.listen({ hostname: "127.0.0.1", port: first + 1, socket: { data() {} } });
  const next = Array.from({ length: 40 }, freePort);
  expect(next).not.toContain(stranger.port);
  expect(new Set([first, ...next]).size).toBe(41);
});

test("free port: none that the kernel gives to whoever asks for any", () => {
  for (let count = 0; count < 20; count++) {
    using given = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    expect(given.port).toBeGreaterThan(freePort());
  }
});

test("free port: two processes that start one after the other have none in common", async () => {
  const code = `import { freePort } from ${JSON.stringify(`${import.meta.dir}/free-port.ts`)};
    console.log(JSON.stringify(Array.from({ length: 70 }, freePort)));`;
  const ask = () => Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
  const [one, other] = await Promise.all(
    [ask(), ask()].map(async ({ stdout }) => JSON.parse(await new Response(stdout).text()) as number[]),
  );
  expect(one?.filter((port) => other?.includes(port))).toEqual([]);
});
