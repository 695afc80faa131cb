import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  isUnedited,
  renderReadme,
  renderUnit,
  SEAL_WORDS,
  seal,
} from "../../../src/cli/setup/setup-texts.ts";

describe("setup texts: the seal", () => {
  test("a text is known as it was generated, and any change of it is seen", () => {
    const sealed = seal(`# ${SEAL_WORDS}\necho one\n`);
    expect(sealed).toMatch(/gw-setup: [0-9a-f]{64} \(/);
    expect(isUnedited(sealed)).toBe(true);
    fc.assert(
      fc.property(fc.nat(sealed.length), fc.stringMatching(/^[ -~]{1,5}$/), (at, more) => {
        expect(isUnedited(sealed.slice(0, at) + more + sealed.slice(at))).toBe(false);
      }),
    );
  });

  test("a text without a seal, or with a false one, was edited", () => {
    for (const text of ["", "echo one", `# ${SEAL_WORDS}\n`, `# gw-setup: ${"0".repeat(64)} x\n`])
      expect(isUnedited(text)).toBe(false);
  });

  test("sealed twice it is the same", () => {
    const once = seal(`# ${SEAL_WORDS}\n`);
    expect(seal(once)).toBe(once);
  });
});

describe("setup texts: the unit for systemd", () => {
  const unit = (serverRoot: string, app?: string) =>
    renderUnit({ serverRoot, app, user: "shop" }).split("\n");

  test("whom it runs as, and what starts and reloads it", () => {
    const lines = unit("/srv/shop");
    for (const line of [
      "User=shop",
      "ExecStart=/srv/shop/gwctl run",
      "ExecReload=/srv/shop/gwctl graceful",
      "Description=gw",
    ])
      expect(lines).toContain(line);
    expect(unit("/srv/shop", "/srv/app.ts")).toContain("Description=gw, serving /srv/app.ts");
  });

  // What systemd reads in a word of a command line (systemd.service(5), systemd.unit(5)).
  test.each([
    ["/srv/my shop", '"/srv/my shop/gwctl"'],
    ['/srv/"a"', String.raw`"/srv/\"a\"/gwctl"`],
    [String.raw`/srv/a\b`, String.raw`"/srv/a\\b/gwctl"`],
    ["/srv/$HOME", '"/srv/$$HOME/gwctl"'],
    ["/srv/50%", "/srv/50%%/gwctl"],
    ["/srv/a;b", '"/srv/a;b/gwctl"'],
  ])("%s is one word there", (serverRoot, word) => {
    expect(unit(serverRoot)).toContain(`ExecStart=${word} run`);
  });

  test("nothing in a name can add a line", () => {
    expect(unit("/srv/shop", "/srv/a\nExecStart=/bin/sh")).toContain(
      "Description=gw, serving /srv/a ExecStart=/bin/sh",
    );
  });
});

describe("setup texts: the page", () => {
  test("it is sealed, names the app, and shows the commands as a shell takes them", () => {
    const page = renderReadme({ serverRoot: "/srv/my shop", app: "/srv/app.ts", user: "shop" });
    expect(page).toStartWith(`<!-- ${SEAL_WORDS} -->`);
    expect(isUnedited(seal(page))).toBe(true);
    expect(page).toContain("for long, here for `/srv/app.ts`.");
    expect(page).toContain("    '/srv/my shop/gwctl' start\n");
    expect(page).toContain("    User=shop\n");
    expect(renderReadme({ serverRoot: "/srv", app: undefined, user: "shop" })).toContain("run for long.\n");
  });
});
