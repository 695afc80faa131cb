// What is read from the text of /proc/PID/status.
import { expect, test } from "bun:test";
import {
  parseCapabilities,
  parseIgnoresHangup,
  parseMemory,
  parseRss,
} from "../../../src/os/linux/status.ts";

const TEXT =
  "Name:\tgw\nVmPeak:\t 9 kB\nVmSize:\t 6410564 kB\nVmRSS:\t   84 kB\nVmData:\t 6302644 kB\nSigIgn:\t0000000001001001\nCapEff:\t000001ffffffffff\n";

test("status: sizes, and what is ignored and allowed", () => {
  expect(parseMemory(TEXT)).toEqual({ dataBytes: 6_302_644 * 1024, mappedBytes: 6_410_564 * 1024 });
  expect(parseRss(TEXT)).toBe(84 * 1024);
  expect(parseIgnoresHangup(TEXT)).toBe(true);
  expect(parseIgnoresHangup("SigIgn:\t0000000001001000\n")).toBe(false);
  expect(parseCapabilities(TEXT)).toBe(0x1ff_ffff_ffffn);
});

test("status: what does not stand there is not known", () => {
  const parsers = [parseMemory, parseRss, parseIgnoresHangup, parseCapabilities];
  // A zombie has no memory, and a name may look like a line.
  for (const text of ["", "VmSize:\t1 kB\n", "Name:\tVmRSS: 1 kB\n"])
    expect(parsers.map((parse) => parse(text))).toEqual([undefined, undefined, undefined, undefined]);
});
