// The limits of containers, from what the kernel shows in them; recorded from Docker, systemd and a Kubernetes node.
import { describe, expect, test } from "bun:test";
import { groupLimits } from "../../../src/os/linux/cgroup.ts";

const V2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const V1 = [
  "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
  "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
].join("\n");

const GB = 2 ** 30;

const CASES: readonly (readonly [string, Record<string, string>, object])[] = [
  ["nothing is mounted", {}, {}],
  [
    "version 2, in a container that sees itself as the top",
    {
      "/proc/self/mountinfo": V2,
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": `${GB}\n`,
      "/sys/fs/cgroup/cpu.max": "150000 100000\n",
    },
    { memoryBytes: GB, processors: 1.5 },
  ],
  [
    "version 2, without a limit",
    {
      "/proc/self/mountinfo": V2,
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": "max\n",
      "/sys/fs/cgroup/cpu.max": "max 100000\n",
    },
    {},
  ],
  [
    "version 2, a unit in a slice that has less",
    {
      "/proc/self/mountinfo": V2,
      "/proc/self/cgroup": "0::/app.slice/gw.service\n",
      "/sys/fs/cgroup/app.slice/memory.max": `${GB}\n`,
      "/sys/fs/cgroup/app.slice/gw.service/memory.max": `${2 * GB}\n`,
      "/sys/fs/cgroup/app.slice/gw.service/cpu.max": "400000 100000\n",
      "/sys/fs/cgroup/app.slice/cpu.max": "max 100000\n",
    },
    { memoryBytes: GB, processors: 4 },
  ],
  [
    "version 1, each controller for itself",
    {
      "/proc/self/mountinfo": V1,
      "/proc/self/cgroup": "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n0::/\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": `${GB}\n`,
      "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    },
    { memoryBytes: GB, processors: 0.5 },
  ],
  [
    "version 1, where the mount shows the group itself",
    {
      "/proc/self/mountinfo": "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      "/proc/self/cgroup": "4:memory:/docker/abc\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${GB}\n`,
    },
    { memoryBytes: GB },
  ],
  [
    "version 1, no limit, nor what makes no sense",
    {
      "/proc/self/mountinfo": V1,
      "/proc/self/cgroup": "4:memory:/\n2:cpu,cpuacct:/\ngarbage\n:::\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "0\n",
    },
    {},
  ],
];

describe("control groups", () => {
  test.each(CASES)("%s", (_name, files, limits) => {
    expect(groupLimits((path) => files[path])).toEqual(limits);
  });
});
