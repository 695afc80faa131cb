// What must hold among the options of files.
import { describe, expect, test } from "bun:test";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good, groupOf, resolveGroups, toldOf, whatOf } from "../configured.ts";
import { factsWith } from "../facts.ts";

const SITE = ["/srv/shop/app.ts", "/srv/shop/site/a.txt", "/srv/shop/mime.types"];
const resolveFlags = (argv: string[], uid = 501) =>
  resolve({ argv, env: {}, facts: factsWith(SITE, { uid, gid: uid }) });

describe("file-rules", () => {
  test("file-rules: what is good", () => {
    const { settings } = good(
      resolveFlags(["app.ts", "--document-root", "site", "--url-alias", "/a", "site/a.txt"]),
    );
    expect([settings.documentRoot, settings.urlAlias, settings.directoryIndex]).toEqual([
      "/srv/shop/site",
      ["/a=/srv/shop/site/a.txt"],
      [],
    ]);
    expect(good(resolveFlags(["--document-root", "site"])).settings.directoryIndex).toEqual(["index.html"]);
  });

  test("file-rules: what is not there is named", () => {
    const files = ["--document-root", "none", "--url-alias", "/a", "gone", "--mime-types", "types"];
    expect(toldOf(resolveFlags(["app.ts", ...files]))).toEqual([
      ['documentRoot "/srv/shop/none" is not a directory', "--document-root", "Give a directory that exists"],
      [
        'There is no file and no directory at "/srv/shop/gone" for urlAlias /a',
        "--url-alias",
        "Correct the path",
      ],
      ['There is no file of media types at "/srv/shop/types"', "--mime-types", "Correct the path"],
    ]);
    expect(whatOf(resolveFlags(["app.ts", "--document-root", "app.ts"]))).toEqual([
      'documentRoot "/srv/shop/app.ts" is not a directory',
    ]);
  });

  test.each(["static", "/a/../b", "/a b", "/a%2fb", "//a", "/.git", "/a\\b"])(
    "file-rules: %s is no place for an alias",
    (url) => {
      expect(whatOf(resolveFlags(["app.ts", "--url-alias", url, "site"]))).toHaveLength(1);
    },
  );

  test("file-rules: two aliases of one place", () => {
    const argv = ["app.ts", "--url-alias", "/a", "site", "--url-alias", "/a/", "site"];
    expect(whatOf(resolveFlags(argv))).toEqual(['There are two of urlAlias for "/a"']);
  });

  test("file-rules: root serves no files, by whatever name they go", () => {
    for (const flags of [
      ["--document-root", "site"],
      ["--url-alias", "/a", "site"],
    ]) {
      const [told] = toldOf(resolveFlags(["app.ts", ...flags], 0));
      expect(told?.[0]).toMatch(/^(documentRoot|urlAlias) cannot be served by root/);
      expect(told?.[2]).toContain("--user");
      expect(whatOf(resolveFlags(["app.ts", ...flags, "--user", "www-data"], 0))).toEqual([]);
    }
  });

  test("file-rules: nor does a front end for a group that is somebody else's", () => {
    const files = ["/srv/shop/app.ts", "/srv/shop/api.ts", "/srv/shop/site/a.txt"];
    const facts = factsWith(files, { uid: 0, gid: 0 });
    const groups = (user: object) => ({
      shop: { app: "app.ts", documentRoot: "site", ...user },
      api: { app: "api.ts", mount: "/api" },
    });
    const resolved = (user: object) => resolveGroups(groups(user), { user: "www-data" }, { facts });
    expect(whatOf(resolved({}))).toEqual([]);
    expect(groupOf(resolved({}), "api").settings.documentRoot).toBeUndefined();
    expect(whatOf(resolved({ user: "nobody" }))).toEqual([
      'documentRoot cannot be served for the group "shop", whose user is "nobody": the front end reads the files as "www-data"',
    ]);
  });

  test("file-rules: a page for all that is not there may be no link that nobody may follow", () => {
    const argv = ["app.ts", "--document-root", "site", "--spa-fallback", "a.txt"];
    const leadsOut = (directory: string, name: string) => `${directory}/${name}` === "/srv/shop/site/a.txt";
    const withLink = (...more: string[]) =>
      whatOf(resolve({ argv: [...argv, ...more], env: {}, facts: factsWith(SITE, { leadsOut }) }));
    expect(withLink()).toEqual(['spaFallback "a.txt" is a symbolic link that leads out of documentRoot']);
    expect(withLink("--follow-symlinks")).toEqual([]);
    expect(whatOf(resolveFlags(argv))).toEqual([]);
  });

  test("file-rules: a group of files needs no app", () => {
    const facts = factsWith(["/srv/shop/site/a.txt"]);
    const resolved = resolveGroups({ docs: { documentRoot: "site" } }, {}, { facts });
    expect(groupOf(resolved, "docs").settings.directoryIndex).toEqual(["index.html"]);
    expect(groupOf(resolved, "docs").settings.processes).toEqual({ min: 0, max: 0 });
  });

  test("file-rules: files alone have no workers, whatever is said of them", () => {
    const argv = ["--document-root", "site", "--processes", "4", "--concurrency", "5"];
    const { settings, warnings } = good(resolveFlags(argv));
    expect(settings.processes).toEqual({ min: 0, max: 0 });
    expect(warnings).toEqual([
      "processes (--processes) has no effect, because there are only files, and no app",
      "concurrency (--concurrency) has no effect, because there are only files, and no app",
    ]);
    expect(good(resolveFlags(["app.ts", ...argv])).settings.processes).toEqual({ min: 4, max: 4 });
  });

  test("file-rules: an option of files without any is told to be idle", () => {
    expect(good(resolveFlags(["app.ts", "--directory-listing"])).warnings).toEqual([
      "directoryListing (--directory-listing) has no effect, because there is no documentRoot and no urlAlias",
    ]);
  });
});
