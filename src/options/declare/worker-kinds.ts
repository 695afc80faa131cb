// The kinds of workers: in what language each runs apps, how its apps are recognised by their names, and which options it cannot
// take. How each is started stands in supervisor/languages/launch-table.ts, what all have to do in docs/workers.md. Pure.

import type { Key, Settings } from "./table.ts";

export type WorkerKind = "bun" | "python";

/** `options`: refused for an app of this kind; `why` completes `… cannot be used for a Python app, `. */
export type RefusedOptions = { options: readonly Key[]; why: string };

export type WorkerKindRow = {
  /** As in `a Python app`. */
  language: string;
  refuses: readonly RefusedOptions[];
  /** Requests on one worker at once, unless something else is said. */
  concurrency: number;
  callableObject: string;
  /** An app that does next to nothing takes more than half of it. */
  leastMemoryBytes: number;
};

const MEGABYTE = 2 ** 20;

/** How an app in Python is found, and with which interpreter. */
export const INTERPRETER_OPTIONS = [
  "python",
  "pythonHome",
  "pythonPath",
  "pythonEggs",
  "pythonOptimize",
  "pythonWarnings",
  "applicationType",
] as const;

export const WORKER_KINDS: Readonly<Record<WorkerKind, WorkerKindRow>> = {
  bun: {
    language: "TypeScript",
    refuses: [
      {
        options: INTERPRETER_OPTIONS,
        why: "which no interpreter of Python runs",
      },
      {
        options: ["switchInterval", "interruptTimeout"],
        why: "which has no threads that take turns with one lock",
      },
      { options: ["scriptReloading"], why: "whose files are followed with --reload-on-changes" },
    ],
    concurrency: 100,
    callableObject: "default",
    leastMemoryBytes: 64 * MEGABYTE,
  },
  python: {
    language: "Python",
    refuses: [
      { options: ["preload"], why: "whose interpreter loads no modules of JavaScript" },
      { options: ["appPort"], why: "which does not listen by itself" },
      { options: ["embeddedMode"], why: "which needs a front end before it" },
    ],
    concurrency: 5,
    callableObject: "application",
    leastMemoryBytes: 32 * MEGABYTE,
  },
};

/** What an app in Python is: a file, or a module that is imported from a directory. `callable`: where its name says that. */
export type PythonApp = { directory: string } & (
  | { file: string; module?: undefined; callable?: undefined }
  | { file?: undefined; module: string; callable: string | undefined }
);

const NAME = "[\\p{ID_Start}_][\\p{ID_Continue}]*";
const NAMES = `${NAME}(?:\\.${NAME})*`;
const MODULE = new RegExp(`^(${NAMES})(?::(${NAMES}))?$`, "u");
const FILE = /\.(?:py|wsgi)$/;

type AppWords = Pick<Settings, "app" | "applicationType">;

/** Undefined for an app that is none of Python's. */
export function pythonAppOf({ app, applicationType }: AppWords): PythonApp | undefined {
  if (app === undefined) return undefined;
  const slash = app.lastIndexOf("/");
  const [directory, name] = [app.slice(0, slash) || "/", app.slice(slash + 1)];
  const [, module, callable] = MODULE.exec(name) ?? [];
  const isModule = applicationType === "module" || (applicationType === undefined && callable !== undefined);
  if (isModule && module !== undefined) return { directory, module, callable };
  return applicationType !== undefined || FILE.test(name) ? { directory, file: app } : undefined;
}

type WithHooks = Pick<Settings, "hostAccessScript" | "authUserScript" | "authGroupScript">;

/** The hooks of a group that are in Python. */
export function pythonHooksOf({ hostAccessScript, authUserScript, authGroupScript }: WithHooks): string[] {
  const scripts = [hostAccessScript, authUserScript, authGroupScript];
  return scripts.filter((script) => script !== undefined && isPythonFile(script)) as string[];
}

/** The script of a group's app, where it is in Python and none of its modules, and those of its hooks. */
export function pythonScriptsOf(settings: AppWords & WithHooks): string[] {
  const script = pythonAppOf(settings)?.file;
  return [...(script === undefined ? [] : [script]), ...pythonHooksOf(settings)];
}

export const isPythonFile = (path: string): boolean => FILE.test(path);

export const isPython = (settings: AppWords): boolean => pythonAppOf(settings) !== undefined;

/** Of a group that serves an app, or a service. */
export const workerKindOf = (settings: AppWords): WorkerKind => (isPython(settings) ? "python" : "bun");
