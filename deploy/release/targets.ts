// The systems that gw is built for, and how large it may become there: whoever makes it larger says so here.

export type Target = {
  /** In names of archives: `linux-x64`. */
  name: string;
  /** Largest executable, in bytes. */
  mostBytes: number;
  /** What it asks of the machine. */
  needs: string;
};

const MB = 1_000_000;
const GLIBC = "glibc 2.17, Linux 5.1";

export const TARGETS: readonly Target[] = [
  { name: "linux-x64", mostBytes: 125 * MB, needs: GLIBC },
  { name: "linux-arm64", mostBytes: 125 * MB, needs: GLIBC },
  { name: "linux-x64-musl", mostBytes: 120 * MB, needs: "musl 1.2, libstdc++, libgcc" },
  { name: "linux-arm64-musl", mostBytes: 120 * MB, needs: "musl 1.2, libstdc++, libgcc" },
  { name: "darwin-arm64", mostBytes: 105 * MB, needs: "macOS 13" },
  { name: "darwin-x64", mostBytes: 115 * MB, needs: "macOS 13" },
];
