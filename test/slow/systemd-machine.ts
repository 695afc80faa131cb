// A machine with a real systemd, on an overlay of this machine's files, which it cannot change. It needs root, and the packages systemd
// and systemd-container.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../support/gw.ts";
import { processOneBelow } from "../support/namespaces.ts";
import type { Need } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export const WITH_NSPAWN: Need = {
  isMet: Bun.which("systemd-nspawn") !== null && Bun.which("nsenter") !== null,
  why: "needs systemd-nspawn",
};

/** Mounts, and becomes systemd-nspawn. $1: a directory. The machine has an id of its own, without which systemd does not boot. */
const BOOT = `set -e
mount --make-rprivate /
mkdir -p "$1/over" "$1/root"
mount -t tmpfs tmpfs "$1/over"
mkdir "$1/over/up" "$1/over/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/over/up,workdir=$1/over/work" "$1/root"
echo 0123456789abcdef0123456789abcdef > "$1/root/etc/machine-id"
cp -a "$1/files/." "$1/root/"
exec systemd-nspawn -q -D "$1/root" -b --register=no --keep-unit systemd.unit=basic.target
`;

export type Machine = AsyncDisposable & {
  /** Runs a command there. `stdin`: what it reads. */
  inside(command: readonly string[], stdin?: string): { code: number; text: string };
  systemctl(...words: string[]): { code: number; text: string };
  /** Of the service gw. */
  property(name: string): string;
  write(path: string, text: string): void;
};

/** What the machine has besides, by its path there: a text, or a copy of a file of this one. */
type Files = Readonly<Record<string, string | { copyOf: string }>>;

/** Resolves when it has booted. */
export async function bootMachine(files: Files): Promise<Machine> {
  const dir = makeTempDir();
  for (const [path, content] of Object.entries(files)) {
    const to = join(dir.path, "files", path);
    mkdirSync(dirname(to), { recursive: true });
    if (typeof content === "string") writeFileSync(to, content);
    else copyFileSync(content.copyOf, to);
  }
  const boot = dir.write("boot.sh", BOOT);
  const shell = Bun.spawn(["unshare", "-m", "bash", boot, dir.path], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  let leader = 0;
  const inside = (command: readonly string[], stdin = "") => {
    const words = ["nsenter", "-t", String(leader), "-m", "-p", "-i", "-u", "-C", ...command];
    const { exitCode, stdout, stderr } = Bun.spawnSync(words, { stdin: Buffer.from(stdin) });
    return { code: exitCode, text: `${stdout}${stderr}`.trim() };
  };
  const systemctl = (...words: string[]) => inside(["systemctl", ...words]);
  await eventually(() => processOneBelow(shell.pid) > 0, "the machine has a process 1", 60_000);
  leader = processOneBelow(shell.pid);
  await eventually(() => systemctl("is-system-running", "--wait").code !== 127, "it is asked", 60_000);
  await eventually(() => systemctl("is-active", "basic.target").text === "active", "it has booted", 60_000);
  return {
    inside,
    systemctl,
    property: (name) => systemctl("show", "-P", name, "gw").text,
    write(path, text) {
      const { code, text: told } = inside(["tee", path], text);
      if (code !== 0) throw new Error(told);
    },
    async [Symbol.asyncDispose]() {
      if (leader > 0) process.kill(leader, "SIGKILL");
      shell.kill("SIGKILL");
      await shell.exited;
      dir[Symbol.dispose]();
    },
  };
}
