// Makes of docs/ what the site's generator reads, in guide/pages: the pages, and beside them, as plain text, each file that a
// page links to and that is no page, so that the site is whole by itself.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ENTRIES } from "../docs/contents.ts";

const ROOT = resolve(import.meta.dirname, "..");
const TARGET = join(ROOT, "guide/pages");
const PUBLIC = join(TARGET, "public");

/** Where the copy of a file or folder of the repository stands on the site. */
const placeOf = (path: string) => `/sources/${path}.txt`;

function keep(path: string): string {
  const place = placeOf(path);
  const from = join(ROOT, path);
  const isFolder = statSync(from).isDirectory();
  const names = isFolder ? readdirSync(from).toSorted() : [];
  mkdirSync(dirname(join(PUBLIC, place)), { recursive: true });
  writeFileSync(join(PUBLIC, place), isFolder ? `${path}\n\n${names.join("\n")}\n` : readFileSync(from));
  return place;
}

/** A page with its links out of docs/ led to the copies. `folder`: where the page stands in the repository. */
function ledHome(page: string, folder: string): string {
  return page.replace(/\]\((?!https?:|#)([^)#\s]+)/g, (whole, link: string) => {
    const path = relative(ROOT, resolve(ROOT, folder, link));
    if (path === "CHANGELOG.md") return "](/changelog";
    if (path.startsWith("docs/")) return folder === "docs" ? whole : `](/${path.slice("docs/".length)}`;
    return `](${keep(path)}`;
  });
}

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(PUBLIC, { recursive: true });
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
for (const { page } of ENTRIES) writeFileSync(join(TARGET, page), ledHome(read(`docs/${page}`), "docs"));
writeFileSync(join(TARGET, "index.md"), ledHome(read("docs/README.md"), "docs"));
writeFileSync(join(TARGET, "changelog.md"), ledHome(read("CHANGELOG.md"), "."));
cpSync(join(ROOT, "docs/pictures"), join(TARGET, "pictures"), { recursive: true });
cpSync(join(ROOT, "docs/llms.txt"), join(PUBLIC, "llms.txt"));
// The whole guide in one file, in its order, for programs that read it at once.
const whole = [read("docs/llms.txt"), ...ENTRIES.map(({ page }) => read(`docs/${page}`))];
writeFileSync(join(PUBLIC, "llms-full.txt"), whole.join("\n"));
