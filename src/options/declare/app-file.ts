// An app that is not where its name says: what is there instead, and what was most likely meant. Pure.

/** `barred`: whoever starts gw may not pass one of the directories above it. */
export type PathKind = "file" | "directory" | "barred";

type KindOf = (path: string) => PathKind | undefined;

const LIKELY_ENTRIES = [
  "app.ts",
  "server.ts",
  "index.ts",
  "main.ts",
  "src/app.ts",
  "src/server.ts",
  "src/index.ts",
  "src/main.ts",
];
const EXTENSIONS = [".ts", ".tsx", ".js", ".mjs", ".cjs", ".py", ".wsgi"];

/** What starts apps elsewhere. gw is in their place, so that their names are taken for the app's. */
const PACKAGE_TOOLS = new Set(["npm", "npx", "pnpm", "yarn", "bunx"]);
const RUNTIMES = new Set(["node", "bun", "deno", "tsx", "ts-node", "python", "python3"]);

/** What to do about any path that is barred. */
export const LET_PASS = "Let whoever starts gw pass the directories above it (chmod o+x), and read it";
export const BARRED = "cannot be reached: permission denied on a directory above it";

/** `found` is what stands at the path of the app, and no file. */
export function describeMissingApp(app: string, found: PathKind | undefined): string {
  if (found === "directory") return `The app "${app}" is a directory, not a file`;
  return found === "barred" ? `The app "${app}" ${BARRED}` : `There is no app at "${app}"`;
}

/** Undefined without a guess: then the row of the error table says what to do. */
export function adviseOnApp(app: string, found: PathKind | undefined, lookAt: KindOf): string | undefined {
  if (found === "barred") return LET_PASS;
  const guess = likelyPlaces(app, found).find((path) => lookAt(path) === "file");
  if (guess !== undefined) return `Did you mean "${guess}"?`;
  return found === undefined ? (adviseOnModule(app, lookAt) ?? adviseOnTool(app)) : undefined;
}

function likelyPlaces(app: string, found: PathKind | undefined): string[] {
  return found === "directory"
    ? LIKELY_ENTRIES.flatMap((name) => [`${app}/${name}`, `${app}/${name.replace(/ts$/, "js")}`])
    : EXTENSIONS.flatMap((ending) => [app + ending, app.replace(/\.[^./]+$/, "") + ending]);
}

/** Other servers of Python take a module without its callable; here it would be no other name than that of a file. */
function adviseOnModule(app: string, lookAt: KindOf): string | undefined {
  const [directory, name] = split(app);
  if (lookAt(`${directory}/${name.replaceAll(".", "/")}.py`) !== "file") return undefined;
  return `Did you mean ${name}:application? A module of Python is named with its callable`;
}

function adviseOnTool(app: string): string | undefined {
  const [, name] = split(app);
  if (PACKAGE_TOOLS.has(name))
    return `gw runs the app without ${name}: name the file that its script starts, or a program in node_modules/.bin with its words behind --`;
  return RUNTIMES.has(name) ? `gw runs the app without ${name}: name the file alone` : undefined;
}

function split(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
}
