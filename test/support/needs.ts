// What a test needs of the machine. Where that is missing it is skipped, and its title says why: whoever reads the
// output, or counts it as test/run.ts does, sees what this run has not shown.
import { describe, test } from "bun:test";
import { existsSync } from "node:fs";
import { PYTHON } from "./worker-process.ts";

export type Need = {
  isMet: boolean;
  /** What is missing when it is not met: "needs …". */
  why: string;
};

export const AS_ROOT: Need = { isMet: process.getuid?.() === 0, why: "needs root" };
export const AS_ORDINARY_USER: Need = { isMet: !AS_ROOT.isMet, why: "needs a user who is not root" };
export const ON_LINUX: Need = { isMet: process.platform === "linux", why: "needs Linux" };
/** Where a process can show its stack while it hangs. */
export const ON_X64_LINUX: Need = {
  isMet: ON_LINUX.isMet && process.arch === "x64",
  why: "needs Linux on x64",
};
export const NOT_ON_LINUX: Need = { isMet: !ON_LINUX.isMet, why: "needs a system other than Linux" };
export const WITH_OWN_MOUNTS: Need = {
  isMet: AS_ROOT.isMet && runs(["unshare", "--mount", "true"]),
  why: "needs a view of the file system of its own (unshare --mount)",
};

export const WITH_FUSE: Need = {
  isMet: WITH_OWN_MOUNTS.isMet && existsSync("/dev/fuse"),
  why: "needs file systems of its own (FUSE)",
};

export const WITH_BASH: Need = { isMet: runs(["bash", "--version"]), why: "needs bash" };
export const WITH_ZSH: Need = { isMet: runs(["zsh", "--version"]), why: "needs zsh" };
export const WITH_FISH: Need = { isMet: runs(["fish", "--version"]), why: "needs fish" };
export const WITH_MANDOC: Need = { isMet: Bun.which("mandoc") !== null, why: "needs mandoc" };

export const WITH_OPENSSL: Need = { isMet: runs(["openssl", "version"]), why: "needs openssl" };
export const WITH_NODE: Need = { isMet: runs(["node", "--version"]), why: "needs node" };
export const WITH_NGHTTP: Need = { isMet: runs(["h2load", "--version"]), why: "needs nghttp2-client" };
export const WITH_SLOWHTTPTEST: Need = {
  isMet: Bun.which("slowhttptest") !== null,
  why: "needs slowhttptest",
};
export const WITH_CURL: Need = { isMet: runs(["curl", "--version"]), why: "needs curl" };

export const WITH_SYSTEMD_ANALYZE: Need = {
  isMet: runs(["systemd-analyze", "--version"]),
  why: "needs systemd-analyze",
};
export const WITH_HAPROXY: Need = { isMet: runs(["haproxy", "-v"]), why: "needs haproxy" };
export const WITH_SOCKET_ACTIVATION: Need = {
  isMet: runs(["systemd-socket-activate", "--version"]),
  why: "needs systemd-socket-activate",
};

export const WITH_PYTHON: Need = { isMet: PYTHON !== undefined, why: "needs Python 3.9 or newer (python3)" };

type Body = () => unknown;

/** `test`, where the needs are met. */
export function testWith(...needs: Need[]): (title: string, body: Body) => void {
  return (title, body) => {
    const why = missing(needs);
    if (why === undefined) test(title, async () => void (await body()));
    else test.skip(`${title} [${why}]`, () => {});
  };
}

/** `describe`, where the needs are met. */
export function describeWith(...needs: Need[]): (title: string, body: () => void) => void {
  return (title, body) => {
    const why = missing(needs);
    if (why === undefined) describe(title, body);
    else describe.skip(`${title} [${why}]`, body);
  };
}

/** The reason that stands in the title of a skipped test, or in that of what it is part of. */
export function reasonIn(titles: string[]): string | undefined {
  for (const title of titles) {
    const reason = /\[(needs [^\]]+)\]$/.exec(title)?.[1];
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function missing(needs: Need[]): string | undefined {
  return needs.find((need) => !need.isMet)?.why;
}

function runs(command: [string, ...string[]]): boolean {
  return Bun.which(command[0]) !== null && Bun.spawnSync(command).exitCode === 0;
}
