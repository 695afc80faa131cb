// What a container, or a unit of systemd, may use of the machine: the limits of the control groups that this process is in, of
// version 1 and 2. A group has no more than those above it have.

import { textOf } from "../../core/files.ts";
import type { GroupLimits } from "../operating-system.ts";

/** Text of a file; undefined where there is none. */
type ReadText = (path: string) => string | undefined;

/** What version 1 says where there is no limit is larger than this. */
const UNLIMITED_BYTES = 2 ** 60;

export function groupLimits(read: ReadText = textOf): GroupLimits {
  const mounts = mountsIn(read("/proc/self/mountinfo") ?? "");
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").flatMap((line) => {
    const [, controllers = "", path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ controllers: controllers.split(","), path }];
  });
  const found: GroupLimits[] = groups.flatMap(({ controllers, path }) => {
    const mount = mounts.find((one) => controllers.some((name) => one.controllers.includes(name)));
    if (!mount) return [];
    const askOne = controllers[0] === "" ? unified : (at: string) => byController(at, controllers, read);
    return placesOf(mount, path).map((at) => askOne(at, read));
  });
  return { ...least(found, "processors"), ...least(found, "memoryBytes") };
}

type GroupMount = { root: string; point: string; controllers: readonly string[] };

/** The one of version 2 has the controller "". */
function mountsIn(text: string): GroupMount[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup2") return [{ root, point, controllers: [""] }];
    return type === "cgroup" ? [{ root, point, controllers: options.split(",") }] : [];
  });
}

/** Directories of the group and of those above it, as far as they can be seen from here. */
function placesOf({ root, point }: GroupMount, path: string): string[] {
  const below = root !== "/" && path.startsWith(root) ? path.slice(root.length) : path;
  const names = below.split("/").filter((name) => name !== "" && name !== "..");
  return Array.from({ length: names.length + 1 }, (_, at) => [point, ...names.slice(0, at)].join("/"));
}

function unified(at: string, read: ReadText): GroupLimits {
  const [quota, period] = (read(`${at}/cpu.max`) ?? "").trim().split(" ").map(Number);
  return limitsFrom(Number(read(`${at}/memory.max`)), quota, period);
}

function byController(at: string, controllers: readonly string[], read: ReadText): GroupLimits {
  const figure = (name: string) => Number(read(`${at}/${name}`));
  const memory = controllers.includes("memory") ? figure("memory.limit_in_bytes") : undefined;
  const [quota, period] = controllers.includes("cpu")
    ? [figure("cpu.cfs_quota_us"), figure("cpu.cfs_period_us")]
    : [];
  return limitsFrom(memory, quota, period);
}

function limitsFrom(memory = 0, quota = 0, period = 0): GroupLimits {
  return {
    ...(quota > 0 && period > 0 && { processors: quota / period }),
    ...(memory > 0 && memory < UNLIMITED_BYTES && { memoryBytes: memory }),
  };
}

function least(found: readonly GroupLimits[], name: keyof GroupLimits): GroupLimits {
  const known = found.flatMap((one) => one[name] ?? []);
  return known.length === 0 ? {} : { [name]: Math.min(...known) };
}
