// The systems that gw is built for, and how large it may become there: whoever makes it larger says so here.

export type Target = {
  /** In names of archives: `linux-x64`. */
  name: string;
  /** Largest executable, in bytes. */
  mostBytes: number;
  /** What it asks of the machine. */
  needs: string;
  /** The same as Python's installers call it. */
  wheel: string;
};

const MB = 1_000_000;
const GLIBC = "glibc 2.17, Linux 5.1";
const MUSL = "musl 1.2, libstdc++, libgcc";

export const TARGETS: readonly Target[] = [
  { name: "linux-x64", mostBytes: 125 * MB, needs: GLIBC, wheel: "manylinux_2_17_x86_64" },
  { name: "linux-arm64", mostBytes: 125 * MB, needs: GLIBC, wheel: "manylinux_2_17_aarch64" },
  { name: "linux-x64-musl", mostBytes: 120 * MB, needs: MUSL, wheel: "musllinux_1_2_x86_64" },
  { name: "linux-arm64-musl", mostBytes: 120 * MB, needs: MUSL, wheel: "musllinux_1_2_aarch64" },
  { name: "darwin-arm64", mostBytes: 105 * MB, needs: "macOS 13", wheel: "macosx_13_0_arm64" },
  { name: "darwin-x64", mostBytes: 115 * MB, needs: "macOS 13", wheel: "macosx_13_0_x86_64" },
];
