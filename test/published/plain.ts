// The app as its documentation starts it, without gw.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { eventually } from "../support/gw.ts";
import type { PublishedApp } from "./catalogue-types.ts";
import { cleanEnvironment } from "./install.ts";

const ANSWERS_WITHIN_MS = 60_000;
const LEAVES_WITHIN_MS = 10_000;
const BUN = join(import.meta.dir, "../../node_modules/.bin/bun");

export type Plain = {
  url: string;
  output(): string;
  /** SIGTERM, and what it takes after that. Resolves when it has gone. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** What both ways of starting it have in common. */
export function environmentOf(app: PublishedApp): Record<string, string> {
  return cleanEnvironment({ NODE_ENV: "production", TMPDIR: tmpdir(), ...app.env });
}

export const fillIn = (words: string[], port: number) =>
  words.map((word) => word.replaceAll("{port}", String(port)));

/** Resolves when it answers on its port; rejects with its output when it does not. */
export async function startPlain(app: PublishedApp, folder: string): Promise<Plain> {
  const port = app.plain.port ?? freePort();
  const url = `http://localhost:${port}/`;
  if (await answers(url)) throw new Error(`port ${port}, which the app takes, is in use by another program`);
  const child = Bun.spawn([app.plain.runtime === "bun" ? BUN : "node", ...fillIn(app.plain.words, port)], {
    cwd: folder,
    env: { ...environmentOf(app), ...(app.plain.port === undefined && { PORT: String(port) }) },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const output: string[] = [];
  const read = Promise.all([collect(child.stdout, output), collect(child.stderr, output)]);
  const plain: Plain = {
    url,
    output: () => output.join(""),
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), LEAVES_WITHIN_MS);
      await child.exited;
      clearTimeout(late);
      await read;
    },
    [Symbol.asyncDispose]: () => plain.stop(),
  };
  try {
    const isUp = async () => child.exitCode !== null || (await answers(url));
    await eventually(isUp, `it answers on ${url}`, ANSWERS_WITHIN_MS);
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  } catch (thrown) {
    await plain.stop();
    throw new Error(
      `plain ${app.plain.runtime}: ${thrown instanceof Error ? thrown.message : thrown}\n${plain.output()}`,
    );
  }
  return plain;
}

const answers = (url: string) =>
  fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  );

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  const decoder = new TextDecoder();
  for await (const piece of stream) into.push(decoder.decode(piece, { stream: true }));
}
