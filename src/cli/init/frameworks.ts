// What gw serves of an app, by the package that the app is made with. Programs that frameworks build stand at a place of their own;
// whatever is not here is a file that the package itself says or has. Pure.

export type Framework = {
  title: string;
  /** Packages by which it is known, all of them. */
  packages: readonly string[];
  /** Another one, where this file says so. */
  unless?: { files: readonly string[]; says: RegExp };
  /** After `gw start-server`. */
  words: readonly string[];
  /** Has to be run before each start. */
  build: string;
  /** What works on the sources with --reload-on-changes; absent: the framework has a server of its own for that. */
  sources?: string;
};

const NEXT_CONFIGS = ["next.config.ts", "next.config.mjs", "next.config.js", "next.config.cjs"];

/** The first that fits holds. `npm run test:apps` runs each of these. */
export const FRAMEWORKS: readonly Framework[] = [
  {
    title: "Next.js",
    packages: ["next"],
    unless: { files: NEXT_CONFIGS, says: /\boutput\s*:\s*["'`]standalone["'`]/ },
    words: ["node_modules/.bin/next", "--", "start"],
    build: "next build",
  },
  {
    title: "Next.js, standalone",
    packages: ["next"],
    words: [".next/standalone/server.js"],
    build: "next build && cp -r public .next/standalone/ && cp -r .next/static .next/standalone/.next/",
  },
  { title: "Nuxt", packages: ["nuxt"], words: [".output/server/index.mjs"], build: "nuxt build" },
  { title: "Nitro", packages: ["nitropack"], words: [".output/server/index.mjs"], build: "nitro build" },
  {
    title: "SvelteKit",
    packages: ["@sveltejs/kit", "@sveltejs/adapter-node"],
    words: ["build/index.js"],
    build: "vite build",
  },
  {
    title: "Astro",
    packages: ["astro", "@astrojs/node"],
    words: ["dist/server/entry.mjs"],
    build: "astro build",
  },
  {
    title: "React Router",
    packages: ["@react-router/serve"],
    words: ["node_modules/.bin/react-router-serve", "--", "./build/server/index.js"],
    build: "react-router build",
  },
  {
    title: "Nest",
    packages: ["@nestjs/core"],
    words: ["dist/main.js"],
    build: "nest build",
    sources: "src/main.ts",
  },
];

export type Project = {
  /** Of `dependencies` and `devDependencies`. */
  packages: ReadonlySet<string>;
  /** Text of a file of the project; undefined where there is none. */
  read(path: string): string | undefined;
};

export function recognise({ packages, read }: Project): Framework | undefined {
  return FRAMEWORKS.find(
    ({ packages: wanted, unless }) =>
      wanted.every((name) => packages.has(name)) &&
      !unless?.files.some((file) => unless.says.test(read(file) ?? "")),
  );
}

/** Names under which apps stand where nobody says. */
const USUAL = ["src/index", "src/main", "src/server", "src/app", "index", "server", "app", "main"];
const ENDINGS = [".ts", ".js", ".mjs", ".cjs", ".mts", ".tsx"];

export type PackageWords = { start?: string; main?: string };

/** The file of an app that is not built: what its `start` runs, its `main`, or a file with a usual name. */
export function findEntry({ start, main }: PackageWords, has: (path: string) => boolean): string | undefined {
  const started = start === undefined ? undefined : entryOf(start);
  const usual = USUAL.flatMap((name) => ENDINGS.map((ending) => name + ending));
  return [started, main, ...usual].find((path) => path !== undefined && has(path));
}

const RUNNERS = /^(?:node|nodejs|bun|bun run|deno run|tsx|ts-node|nodemon)$/;

/** `src/server.ts` of `NODE_ENV=production node src/server.ts`. */
function entryOf(script: string): string | undefined {
  const words = script
    .split(/\s+/)
    .filter((word) => word !== "" && !/^(?:\w+=\S*|cross-env|exec)$/.test(word));
  const [first = "", second = ""] = words;
  const count = RUNNERS.test(`${first} ${second}`) ? 2 : RUNNERS.test(first) ? 1 : 0;
  if (count === 0) return undefined;
  return words.slice(count).find((word) => !word.startsWith("-") && /\.[cm]?[jt]sx?$/.test(word));
}
