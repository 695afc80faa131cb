import { describe, expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import type { WorkerGroup } from "../../../src/options/resolve/resolve.ts";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { endpointOf, firstOrderOf } from "../../../src/supervisor/groups/worker-setup.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { configOf } from "../../support/fake-pool.ts";

const LISTEN = { unix: "/run/w1.sock", token: "t" };

function groupWith(settings: Partial<Settings> = {}, given: Partial<WorkerGroup> = {}): WorkerGroup {
  const [group] = configOf({ ...defaultSettings(), ...settings } as Settings, "shop").groups;
  return { ...group, ...given } as WorkerGroup;
}

function orderFor(group: WorkerGroup, scripts?: Record<string, string>) {
  const pins = { app: "/srv/app.ts", home: "/srv", ...(scripts && { scripts }) };
  const facts = {
    group,
    pins,
    generation: 3,
    port: 8000,
    sockets: { runtime: "/run/gw/runtime", program: () => "/run/gw/worker.py" },
  };
  const order = firstOrderOf(facts, 2, LISTEN);
  return order.type === "configure" ? order : undefined;
}

function workerOf(group: WorkerGroup) {
  const order = orderFor(group);
  if (!order || !("worker" in order)) throw new Error("no worker");
  return order.worker;
}

describe("worker setup", () => {
  test("who it is, where it listens, which app it runs, and how long things may take", () => {
    const group = groupWith({
      ...{ evictionTimeout: 1_000, gracefulTimeout: 2_000, shutdownTimeout: 3_000 },
      ...{ host: "192.0.2.1", limitRequestBody: [{ path: "/", bytes: 77 }], callableObject: "handler" },
    });
    expect(workerOf(group)).toMatchObject({
      ...{ slot: 2, generation: 3, group: "shop", listen: LISTEN, app: "/srv/app.ts", home: "/srv" },
      ...{ publicHost: "192.0.2.1", publicPort: 8000, limitRequestBodyBytes: 77, callableObject: "handler" },
      ...{ evictionTimeoutMs: 1_000, gracefulTimeoutMs: 2_000, shutdownTimeoutMs: 3_000 },
      ...{ runtime: "/run/gw/runtime", tellsModules: false, mount: "/" },
    });
  });

  test.each([
    ["a mount whose path it does not see", { mount: "/shop" }, { isMounted: true }, "/shop"],
    ["one whose path it sees", { mount: "/shop", stripMount: false }, { isMounted: true }, "/"],
    ["one that routes lead to, and that is nowhere itself", { mount: "/shop" }, { isMounted: false }, "/"],
  ])("%s", (_, settings, given, mount) => {
    expect(workerOf(groupWith(settings, given)).mount).toBe(mount);
  });

  test("files are told of only where somebody waits for changes", () => {
    expect(workerOf(groupWith({ reloadOnChanges: true })).tellsModules).toBe(true);
  });

  test("an auth process is told its scripts as it will find them, and nothing of an app", () => {
    const group = groupWith({ chroot: "/jail", authRealm: "here", authCache: 5_000 }, { kind: "auth" });
    const order = orderFor(group, { user: "/jail/user.ts" });
    if (!order || !("auth" in order)) throw new Error("no auth process");
    expect(order.auth).toMatchObject({
      ...{ slot: 2, generation: 3, listen: LISTEN, scripts: { user: "/user.ts" } },
      ...{ realm: "here", cacheMs: 5_000 },
    });
    expect(order).not.toHaveProperty("worker");
  });
});

describe("what the fronts are told of a worker", () => {
  const slot = (ready: object) => ({ number: 2, pid: 42, run: { ready } }) as unknown as Slot;
  const endpoint = (ready: object, given: Partial<WorkerGroup> = {}) =>
    endpointOf({ group: groupWith({ concurrency: { min: 7, max: 7 } }, given), generation: 3 }, slot(ready), {
      path: "/run/w1.sock",
      token: "t",
    });

  test("who it is, where it listens, and how much it takes", () => {
    expect(endpoint({})).toEqual({
      ...{ slot: 2, pid: 42, generation: 3, group: "shop", socket: "/run/w1.sock", token: "t" },
      ...{ accepting: true, concurrency: { min: 7, max: 7 } },
    });
  });

  test("whether a request has its place to its end, as it must have where there is a thread for each, or one at once", () => {
    const keeps = (settings: object) =>
      endpointOf({ group: groupWith(settings), generation: 3 }, slot({}), {
        path: "/run/w1.sock",
        token: "t",
      }).keepsPlaces;
    expect(keeps({ concurrency: { min: 7, max: 7 } })).toBeUndefined();
    expect(keeps({ concurrency: { min: 1, max: 1 } })).toBe(true);
    expect(keeps({ app: "/srv/wsgi.py", concurrency: { min: 5, max: 5 } })).toBe(true);
  });

  test("whether it takes HTTP/2, by its own word, and whether it is asked who clients are", () => {
    expect(endpoint({ http2: true })).toMatchObject({ http2: true });
    expect(endpoint({ http2: false })).not.toHaveProperty("http2");
    expect(endpoint({ saysContinue: true })).toMatchObject({ saysContinue: true });
    expect(endpoint({})).not.toHaveProperty("saysContinue");
    expect(endpoint({}, { kind: "auth" })).toMatchObject({ isAuth: true });
  });
});
