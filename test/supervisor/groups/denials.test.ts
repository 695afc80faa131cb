import { describe, expect, test } from "bun:test";
import { type Denial, explainDenial, readDenial } from "../../../src/supervisor/groups/denials.ts";

test.each<[string, Denial | undefined]>([
  ["error: EACCES: permission denied, open '/etc/shadow'", { path: "/etc/shadow" }],
  ["EACCES: permission denied, symlink '/root' -> '/srv/l'", { path: "/root" }],
  ["EXDEV: cross-device link not permitted, rename '/srv/a' -> '/tmp/a'", { path: "/srv/a" }],
  ["PermissionError: [Errno 13] Permission denied: '/etc/shadow'", { path: "/etc/shadow" }],
  ['note: Cannot read directory "/srv/shared": EACCES', { path: "/srv/shared" }],
  ["cat: /etc/shadow: Permission denied", { path: "/etc/shadow" }],
  ["ls: cannot open directory '/root': Permission denied", { path: "/root" }],
  ["Error: connect EACCES 127.0.0.1:81", { act: "connect", port: 81 }],
  ["Error: listen EACCES: permission denied 0.0.0.0:9000", { act: "listen", port: 9000 }],
  ["ENOENT: no such file or directory, open '/x'", undefined],
  ["it said: Permission denied", undefined],
  ["", undefined],
])("denials: %s", (line, denial) => {
  expect(readDenial(line)).toEqual(denial);
});

describe("denials: what is said of them", () => {
  const granted = {
    home: "/srv/app",
    readable: ["/srv/app", "/usr"],
    writable: ["/srv/app/data"],
    connectPorts: ["443"],
  };
  const says = (denial: Denial) => explainDenial(denial, granted)?.what;

  test("a path outside, one that is only read, and a relative one", () => {
    expect(says({ path: "/etc/shadow" })).toBe("its confinement does not grant it /etc/shadow");
    expect(says({ path: "/srv/app/x" })).toBe("its confinement lets it read /srv/app/x, and not change it");
    expect(says({ path: "../other" })).toBe("its confinement does not grant it /srv/other");
    expect(says({ path: "/srv/application" })).toBe("its confinement does not grant it /srv/application");
  });

  test("nothing, where something else has denied it", () => {
    expect(says({ path: "data/x" })).toBeUndefined();
    expect(says({ act: "connect", port: 443 })).toBeUndefined();
    expect(says({ act: "listen", port: 80 })).toBeUndefined();
  });

  test("a port that is on no list", () => {
    expect(says({ act: "connect", port: 80 })).toBe("its confinement does not let it connect to port 80");
  });
});
