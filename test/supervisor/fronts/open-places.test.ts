// All places of clients at once: opened together, or none of them.
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { GwError } from "../../../src/core/errors.ts";
import type { PublicPlace } from "../../../src/options/groups/places.ts";
import { openPlaces } from "../../../src/supervisor/fronts/open-places.ts";
import { captureLog } from "../../support/capture-log.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

function open(...places: PublicPlace[]) {
  const settings = { ...defaultSettings(), port: 0 };
  return openPlaces({
    config: { settings, places, socketOwner: {} },
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    ownPids: () => [],
    tools: { clock: new FakeClock(), log: captureLog().log },
  });
}

testWith(ON_LINUX)(
  "open places: what is made has a descriptor, what fronts bind has none, and closing removes all",
  () => {
    using dir = makeTempDir();
    const path = join(dir.path, "a");
    const opened = open({ host: "127.0.0.1", port: 0, isTls: false }, { unix: path, isTls: false });
    const [bound, unix] = opened.places.all;
    expect([bound?.descriptor, unix?.descriptor]).toEqual([undefined, expect.any(Number)]);
    expect(existsSync(path)).toBe(true);
    opened.close();
    expect(existsSync(path)).toBe(false);
  },
);

testWith(ON_LINUX)("open places: where one cannot be had, none stays open", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "a");
  let refused: unknown;
  try {
    open({ unix: path, isTls: false }, { unix: join(dir.path, "gone", "b"), isTls: false });
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(GwError);
  expect(refused).toMatchObject({ cause_: "socket_refused" });
  expect(existsSync(path)).toBe(false);
});

testWith(ON_LINUX)("open places: a handed descriptor that is none is refused by its place", () => {
  const place = { host: "::", port: 80, isTls: false, descriptor: 9_999 };
  expect(() => open(place)).toThrow("[::]:80: bad file descriptor");
});
