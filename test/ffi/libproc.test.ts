import { expect } from "bun:test";
import { libproc } from "../../ffi/libproc.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

testWith(ON_LINUX)(
  "ffi: elsewhere than on macOS each question to libproc is answered with the reason",
  () => {
    const no = { ok: false, reason: "linux has no libproc" } as const;
    expect([
      libproc.listPids(),
      libproc.bsdInfo(1),
      libproc.taskInfo(1),
      libproc.descriptors(1),
      libproc.sessionOf(1),
      libproc.tickNs(),
      libproc.setting("kern.ipc.somaxconn"),
    ]).toEqual(Array(7).fill(no));
  },
);
