import { expect, test } from "bun:test";
import { HandshakeCounts } from "../../../src/front/door/handshake-counts.ts";

test("handshakes are counted by version and by whether the session is resumed, in few series", () => {
  const counts = new HandshakeCounts();
  expect(counts.read()).toEqual([]);
  for (const protocol of ["TLSv1.3", "TLSv1.3", "TLSv1.2", "SSLv2"])
    counts.count({ protocol, isResumed: false });
  counts.count({ protocol: "TLSv1.3", isResumed: true });
  expect(counts.read().map(({ labels, value }) => [...labels, value])).toEqual([
    ["TLSv1.3", "no", 2],
    ["TLSv1.2", "no", 1],
    ["other", "no", 1],
    ["TLSv1.3", "yes", 1],
  ]);
});
