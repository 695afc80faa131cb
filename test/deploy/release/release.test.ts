// What `npm run release` writes beside the executables, and that an executable is no larger than its target says.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { list } from "tar";
import { writeArchives } from "../../../deploy/release/archive.ts";
import { writeCommon } from "../../../deploy/release/common.ts";
import { packagesIn } from "../../../deploy/release/packages.ts";
import { renderProvenance } from "../../../deploy/release/provenance.ts";
import { RUNTIME_PARTS } from "../../../deploy/release/runtime-parts.ts";
import { withRuntime } from "../../../deploy/release/sbom.ts";
import { renderSums, sumOf } from "../../../deploy/release/sums.ts";
import { TARGETS } from "../../../deploy/release/targets.ts";
import { renderThirdParty } from "../../../deploy/release/third-party.ts";
import { freshBinary } from "../../support/fresh-binary.ts";
import { ON_X64_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const ROOT = join(import.meta.dir, "../../..");

describe("release", () => {
  testWith(ON_X64_LINUX)("the executable is no larger than its target says, and not by much smaller", () => {
    const { size } = statSync(freshBinary());
    const most = TARGETS.find(({ name }) => name === "linux-x64")?.mostBytes ?? 0;
    expect(size).toBeLessThanOrEqual(most);
    expect(size).toBeGreaterThan(most / 2);
  });

  test("the page says of each target what it needs, and how large gw may be there", () => {
    const page = readFileSync(join(ROOT, "docs/install.md"), "utf8");
    for (const { name, needs, mostBytes } of TARGETS)
      expect(page).toContain(`| \`gw-VERSION-${name}\` | ${needs} | ${mostBytes / 1e6} MB |\n`);
  });

  test("an archive has the guide, at the places of the checkout, and what its README and its pages lead to", () => {
    using dir = makeTempDir();
    writeCommon(dir.path, { root: ROOT, version: "1.2.3", date: "2026-11-29" });
    const pages = ["README.md", ...new Bun.Glob("docs/*.md").scanSync(dir.path)];
    expect(pages.length).toBeGreaterThan(50);
    const dead = pages.flatMap((page) => {
      const text = readFileSync(join(dir.path, page), "utf8");
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)\s#]+)/g)].map(([, link = ""]) =>
        join(dirname(page), link),
      );
      return targets.filter((path) => !existsSync(join(dir.path, path))).map((path) => `${page}: ${path}`);
    });
    // Pages for those who work on gw lead to its sources.
    expect(dead.filter((line) => !/: (?:src|ffi|test)\//.test(line))).toEqual([]);
    expect(existsSync(join(dir.path, "deploy/release"))).toBe(false);
  });

  test("archives of the same files have the same bytes, whenever and in whatever order they were written", async () => {
    using dir = makeTempDir();
    const at = new Date(1_700_000_000_000);
    const made: Buffer[][] = [];
    for (const [run, names] of [
      ["b", "a"],
      ["a", "b"],
    ].entries()) {
      const parent = join(dir.path, String(run));
      mkdirSync(join(parent, "gw-1/completions"), { recursive: true });
      for (const name of names) {
        writeFileSync(join(parent, "gw-1", name), name);
        utimesSync(join(parent, "gw-1", name), run + 1, run + 1);
      }
      const paths = await writeArchives(parent, "gw-1", join(parent, "gw-1"), at);
      expect(paths).toEqual([join(parent, "gw-1.tar.gz"), join(parent, "gw-1.tar.zst")]);
      expect(existsSync(join(parent, "gw-1.tar"))).toBe(false);
      made.push(paths.map((path) => readFileSync(path)));
      const seen: string[] = [];
      await list({
        file: paths[0] ?? "",
        onReadEntry: ({ path, mtime }) => void seen.push(`${path} ${mtime?.getTime()}`),
      });
      const time = at.getTime();
      expect(seen).toEqual(
        ["gw-1/", "gw-1/a", "gw-1/b", "gw-1/completions/"].map((path) => `${path} ${time}`),
      );
      expect(Buffer.from(Bun.zstdDecompressSync(made[run]?.[1] ?? ""))).toEqual(
        Buffer.from(Bun.gunzipSync(new Uint8Array(made[run]?.[0] ?? []))),
      );
    }
    expect(made[0]).toEqual(made[1] ?? []);
  });

  test("each package whose code is inside is named with the text of its licence", () => {
    const packages = packagesIn(ROOT);
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    const page = renderThirdParty(packages, RUNTIME_PARTS, "1.2.3");
    for (const { name, version, texts } of packages) {
      expect(page).toContain(`## ${name} ${version}`);
      expect([name, texts.length > 0]).toEqual([name, true]);
      for (const text of texts) expect(page).toContain(text);
    }
    expect(page).toContain("| JavaScriptCore | LGPL-2.0-or-later |");
  });

  test("the bill of materials has the parts of the runtime beside what npm knows", () => {
    const bom = withRuntime(
      { bomFormat: "CycloneDX", components: [{ type: "library", name: "citty" }] },
      RUNTIME_PARTS,
      "1.2.3",
    );
    expect(bom.components?.map(({ name }) => name)).toEqual([
      "citty",
      ...RUNTIME_PARTS.map(({ name }) => name),
    ]);
    expect(bom.components?.find(({ name }) => name === "Bun")?.version).toBe("1.2.3");
  });

  test("sums are in the form that sha256sum checks, and the provenance has the same", async () => {
    using dir = makeTempDir();
    const sums = await Promise.all(["b", "a"].map((name) => sumOf(dir.write(name, name), name)));
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    expect(renderSums(sums)).toBe(`${hash("a")}  a\n${hash("b")}  b\n`);
    const origin = { version: "1.0.0", commit: "c".repeat(40), isClean: false, runtime: "1.2.3" };
    const told = JSON.parse(renderProvenance(sums, origin));
    expect(told.subject).toContainEqual({ name: "a", digest: { sha256: hash("a") } });
    expect(JSON.stringify(told.predicate)).toContain(origin.commit);
    expect(told.predicate.buildDefinition.internalParameters).toEqual({ isClean: false });
  });
});
