// What is followed, and what becomes of a change, on a clock that stands still and over files that are only said to exist.
import { expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import { AutoReload } from "../../../src/supervisor/changes/auto-reload.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { configOf } from "../../support/fake-pool.ts";

function makeAutoReload(given: Partial<Settings> = {}) {
  const clock = new FakeClock();
  const { log } = captureLog();
  const files = new Map<string, string>();
  const links = new Map<string, string>();
  const reloads: string[] = [];
  const settings = {
    reloadOnChanges: true,
    trackChanges: [],
    config: undefined,
    app: "/app.ts",
    home: "/",
    ...given,
  } as unknown as Settings;
  const present = configOf(settings);
  const site = { hasBegun: true, generation: { number: 1 } };
  const auto = new AutoReload({
    clock,
    log,
    look(path) {
      const mark = files.get(path);
      return mark === undefined ? undefined : { id: path, mark, changedAtMs: 0 };
    },
    lookAtPlace(path) {
      return { id: path, mark: links.get(path) ?? path, changedAtMs: 0 };
    },
    site: () => site as never,
    reloads: () => ({
      present,
      supersede(by) {
        reloads.push(by);
        return Promise.reject(new Error("nothing is started here"));
      },
    }),
  });
  const tell = (generation: number, read: string[], missing: string[] = []) =>
    auto.hear(generation, 1_000, { type: "modules", files: read, missing });
  /** Long enough for a change to come to rest. */
  const rest = () => {
    for (let n = 0; n < 10; n++) clock.advance(50);
  };
  return { auto, files, links, reloads, site, tell, rest, settings, present };
}

test("auto-reload: a module that changes reloads, one of another app does not", () => {
  const { files, reloads, tell, rest } = makeAutoReload();
  files.set("/app.ts", "1").set("/other.ts", "1");
  tell(1, ["/app.ts"]);
  rest();
  expect(reloads).toEqual([]);
  files.set("/other.ts", "2");
  rest();
  expect(reloads).toEqual([]);
  files.set("/app.ts", "2");
  rest();
  expect(reloads).toEqual(["a change of /app.ts"]);
});

test("auto-reload: the configuration and what was named besides are followed too", () => {
  const { auto, files, reloads, rest } = makeAutoReload({
    config: "/gw.config.json",
    trackChanges: ["/t.html"],
  });
  files.set("/gw.config.json", "1");
  auto.refresh();
  files.set("/gw.config.json", "2");
  rest();
  files.set("/t.html", "1");
  rest();
  expect(reloads).toEqual(["a change of /gw.config.json", "a change of /t.html"]);
});

test("auto-reload: what the configuration consists of is followed, of the one that holds and of the one that was read last", () => {
  const { auto, files, reloads, rest, present } = makeAutoReload({ config: "/gw.config.ts" });
  const config = (...read: string[]) => ({ files: read, missing: ["/gone.ts"], beganAtMs: 1_000 });
  for (const path of ["/part.ts", "/bad.ts", "/worse.ts"]) files.set(path, "1");
  present.configModules = config("/gw.config.ts", "/part.ts");
  auto.refresh();
  const change = (path: string) => {
    files.set(path, `${files.get(path)}+`);
    rest();
  };
  change("/part.ts");
  auto.hearConfig(config("/gw.config.ts", "/bad.ts"));
  change("/bad.ts");
  change("/gone.ts");
  auto.hearConfig(config("/worse.ts"));
  change("/bad.ts");
  change("/worse.ts");
  change("/part.ts");
  const changed = ["/part.ts", "/bad.ts", "/gone.ts", "/worse.ts", "/part.ts"];
  expect(reloads).toEqual(changed.map((path) => `a change of ${path}`));
});

test("auto-reload: a link on the way to the app or its home that leads elsewhere is a change, whatever is there", () => {
  const { files, links, reloads, tell, rest } = makeAutoReload({ app: "/current/app.ts", home: "/home" });
  links.set("/current/app.ts", "/r1/app.ts").set("/home", "/r1");
  files.set("/r1/app.ts", "1");
  tell(1, ["/r1/app.ts"]);
  rest();
  expect(reloads).toEqual([]);
  links.set("/current/app.ts", "/r2/app.ts");
  rest();
  links.set("/home", "/r2");
  rest();
  expect(reloads).toEqual(["a change of /current/app.ts", "a change of /home"]);
});

test("auto-reload: of a generation that did not come up, the files are followed beside those of the one that serves", () => {
  const { files, reloads, tell, rest } = makeAutoReload();
  files.set("/app.ts", "1").set("/broken.ts", "1");
  tell(1, ["/app.ts"]);
  tell(2, ["/broken.ts"], ["/lost.ts"]);
  files.set("/broken.ts", "2");
  rest();
  files.set("/lost.ts", "1");
  rest();
  files.set("/app.ts", "2");
  rest();
  expect(reloads).toEqual(["a change of /broken.ts", "a change of /lost.ts", "a change of /app.ts"]);
});

test("auto-reload: what only an older generation had is let go", () => {
  const { files, reloads, site, tell, rest } = makeAutoReload();
  files.set("/old.ts", "1").set("/new.ts", "1");
  tell(1, ["/old.ts"]);
  site.generation.number = 2;
  tell(2, ["/new.ts"]);
  files.set("/old.ts", "2");
  rest();
  expect(reloads).toEqual([]);
});

test("auto-reload: switched off by a reload, or at the end, it looks no more", () => {
  const { auto, files, reloads, tell, rest, settings } = makeAutoReload();
  files.set("/app.ts", "1");
  tell(1, ["/app.ts"]);
  Object.assign(settings, { reloadOnChanges: false });
  auto.refresh();
  files.set("/app.ts", "2");
  rest();
  Object.assign(settings, { reloadOnChanges: true });
  auto.stop();
  tell(1, ["/app.ts"]);
  files.set("/app.ts", "3");
  rest();
  expect(reloads).toEqual([]);
});

test("auto-reload: without the option, scripts in Python alone are followed, and those of hooks", () => {
  const { auto, files, reloads, rest, settings } = makeAutoReload({
    reloadOnChanges: false,
    scriptReloading: true,
    app: "/wsgi.py",
    authUserScript: "/users.py",
  });
  for (const path of ["/wsgi.py", "/module.py", "/users.py"]) files.set(path, "1");
  auto.refresh();
  for (const path of ["/module.py", "/wsgi.py", "/users.py"]) {
    files.set(path, "2");
    rest();
  }
  expect(reloads).toEqual(["a change of /wsgi.py", "a change of /users.py"]);
  for (const other of [
    { app: "/app.ts", authUserScript: undefined },
    { app: "/wsgi.py", scriptReloading: false },
  ]) {
    Object.assign(settings, other);
    auto.refresh();
    files.set("/app.ts", String(reloads.length)).set("/wsgi.py", "3");
    rest();
  }
  expect(reloads).toHaveLength(2);
});
