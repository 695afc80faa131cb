// What options must respect among each other: one named pure function for each rule. A rule sees finished settings;
// what a single value may be is said by its kind in the table.

import { isIP } from "node:net";
import { dirname, relative } from "node:path";
import { unloadableSign } from "../../core/loadable.ts";
import { adviseOnApp, BARRED, describeMissingApp, LET_PASS, type PathKind } from "./app-file.ts";
import { splitPair } from "./kinds/list-kinds.ts";
import { printRule } from "./kinds/rate-limit-kind.ts";
import { sizesBelow } from "./kinds/size-by-path-kind.ts";
import type { Problem } from "./problems.ts";
import { SERVER_ROOT_BYTES } from "./socket-paths.ts";
import { type Key, rowOf, type Settings } from "./table.ts";
import { isPython, pythonAppOf, WORKER_KINDS, workerKindOf } from "./worker-kinds.ts";

export type RuleInput = {
  settings: Settings;
  /** Where an option was set, in words; undefined when nobody set it. */
  setBy: (key: Key) => string | undefined;
  kindOf: (path: string) => PathKind | undefined;
  /** Of whoever starts gw. */
  uid: number;
};

export const RULES: Readonly<Record<string, (input: RuleInput) => Problem | undefined>> = {
  appIsAFile({ settings, setBy, kindOf }) {
    const { app } = settings;
    // Where a module is found is the interpreter's to say.
    if (pythonAppOf(settings)?.module !== undefined) return undefined;
    const found = app === undefined ? "file" : kindOf(app);
    if (app === undefined || found === "file") return undefined;
    const advice = adviseOnApp(app, found, kindOf);
    const what = describeMissingApp(app, found);
    return { cause: "app_not_found", what, ...from(setBy("app")), ...(advice !== undefined && { advice }) };
  },

  appCanBeLoaded({ settings, setBy, kindOf }) {
    const { app } = settings;
    const sign =
      app !== undefined && !isPython(settings) && kindOf(app) === "file" ? unloadableSign(app) : undefined;
    if (sign === undefined) return undefined;
    return {
      cause: "configuration",
      what: `The app "${app}" cannot be loaded: the runtime does not take ${sign} in a path for a part of the name`,
      ...from(setBy("app")),
      advice: "Rename the file or the directory",
    };
  },

  argumentsHaveAnApp({ settings: { app, appArgument }, setBy }) {
    if (app !== undefined || appArgument.length === 0) return undefined;
    const [first = ""] = appArgument;
    return {
      cause: "usage",
      what: `There is no app for the argument "${first}"`,
      ...from(setBy("appArgument")),
      advice: "Name the app before --, as in gw start-server app.ts -- WORD",
    };
  },

  debuggingHasOneWorker({ settings: { debugMode, processes }, setBy }) {
    if (!debugMode || processes.max <= 1) return undefined;
    return {
      cause: "configuration",
      what: "debugMode has one worker, and processes says that there are more",
      ...from(setBy("processes")),
      advice: "Leave one of them out",
    };
  },

  homeIsADirectory({ settings: { home, app }, setBy, kindOf }) {
    const by = setBy("home");
    const found = kindOf(home);
    if (by === undefined || found === "directory") return undefined;
    if (found === "barred")
      return { cause: "configuration", what: `home "${home}" ${BARRED}`, from: by, advice: LET_PASS };
    const advice =
      app === undefined
        ? "Give a directory that exists"
        : `Give a directory that exists, for example "${dirname(app)}"`;
    return { cause: "configuration", what: `home "${home}" is not a directory`, from: by, advice };
  },

  serverRootIsShort({ settings: { serverRoot }, setBy }) {
    const bytes = Buffer.byteLength(serverRoot);
    if (bytes <= SERVER_ROOT_BYTES) return undefined;
    return {
      cause: "configuration",
      what: `serverRoot "${serverRoot}" is ${bytes} bytes long, too long for the sockets inside it`,
      ...from(setBy("serverRoot") ?? "the default, made from TMPDIR, host and port"),
      accepted: `at most ${SERVER_ROOT_BYTES} bytes`,
      advice: "Give a shorter directory with --server-root",
    };
  },

  chrootNeedsRoot({ settings: { chroot }, setBy, uid }) {
    if (chroot === undefined || uid === 0) return undefined;
    const what = `chroot cannot be "${chroot}": gw runs as user ${uid}, and only root can change the root directory`;
    return { cause: "configuration", what, ...from(setBy("chroot")), advice: "Start gw as root" };
  },

  chrootIsADirectory({ settings: { chroot }, setBy, kindOf }) {
    if (chroot === undefined || kindOf(chroot) === "directory") return undefined;
    return {
      cause: "configuration",
      what: `chroot "${chroot}" is not a directory`,
      ...from(setBy("chroot")),
      advice: "Give a directory that exists, and that holds the app",
    };
  },

  chrootHoldsEverything({ settings, setBy }) {
    const { chroot } = settings;
    if (chroot === undefined) return undefined;
    const outside = (["app", "home", "serverRoot"] as const).find(
      (key) => settings[key] !== undefined && pathInside(chroot, settings[key]) === undefined,
    );
    if (outside === undefined) return undefined;
    return {
      cause: "configuration",
      what: `${outside} "${settings[outside]}" lies outside of the chroot "${chroot}", where workers cannot see it`,
      ...from(setBy(outside) ?? setBy("chroot")),
      advice: `Give a path below "${chroot}", as it is called outside`,
    };
  },

  envFilesAreThere({ settings: { envFile = [], chroot }, setBy, kindOf }) {
    const missing = envFile.find((path) => kindOf(path) !== "file");
    const outside = envFile.find((path) => chroot !== undefined && pathInside(chroot, path) === undefined);
    if (missing === undefined && outside === undefined) return undefined;
    const by = from(setBy("envFile"));
    if (missing === undefined)
      return {
        cause: "configuration",
        what: `envFile "${outside}" lies outside of the chroot "${chroot}", where workers cannot see it`,
        ...by,
        advice: `Put it below "${chroot}", and give its path as it is called outside`,
      };
    const what = kindOf(missing) ? "is a directory, not a file" : "does not exist";
    return {
      cause: "configuration",
      what: `envFile "${missing}" ${what}`,
      ...by,
      advice: "Give a file of lines NAME=VALUE, or leave the option out",
    };
  },

  memoryLimitHoldsTheRuntime({ settings, setBy }) {
    const { memoryLimit } = settings;
    const least = WORKER_KINDS[workerKindOf(settings)].leastMemoryBytes;
    if (memoryLimit === 0 || memoryLimit >= least) return undefined;
    return {
      cause: "configuration",
      what: `memoryLimit "${rowOf("memoryLimit").kind.print(memoryLimit)}" is less than the runtime itself takes`,
      ...from(setBy("memoryLimit")),
      accepted: `at least ${rowOf("memoryLimit").kind.print(least)}, or 0 for no limit`,
    };
  },

  concurrencyCoversFrontEnds({ settings: { concurrency, frontEnds, embeddedMode }, setBy }) {
    if (embeddedMode || concurrency.max >= frontEnds) return undefined;
    return {
      cause: "configuration",
      what: `concurrency "${rowOf("concurrency").kind.print(concurrency)}" is smaller than frontEnds "${frontEnds}", so a front end would get no share of a worker`,
      ...from(setBy("frontEnds") ?? setBy("concurrency")),
      advice: "Raise --concurrency or lower --front-ends",
    };
  },

  prioritiesDiffer({ settings: { priority }, setBy }) {
    const paths = priority.map((item) => splitPair(item).left);
    const twice = paths.find((path, at) => paths.indexOf(path) !== at);
    if (twice === undefined) return undefined;
    return {
      cause: "configuration",
      what: `priority says twice how much "${twice}" matters`,
      ...from(setBy("priority")),
      advice: "Leave one of them",
    };
  },

  bodyLimitsAreSaidOnce({ settings: { limitRequestBody: sizes }, setBy }) {
    const twice = sizes.find(({ path }, at) => sizes.findIndex((one) => one.path === path) !== at);
    if (twice === undefined) return undefined;
    return {
      cause: "configuration",
      what: `limitRequestBody says two sizes for ${twice.path === "/" ? "all paths" : `"${twice.path}"`}`,
      ...from(setBy("limitRequestBody")),
      advice: "Give one of them; PATH=SIZE is for that path and all below it",
    };
  },

  bodyLimitsByPathNeedAFrontEnd({ settings: { limitRequestBody: sizes, embeddedMode }, setBy }) {
    const [first] = sizesBelow(sizes);
    if (!embeddedMode || !first) return undefined;
    return {
      cause: "configuration",
      what: `limitRequestBody cannot be said for "${first.path}" alone in embedded mode, which has no front end that looks at paths`,
      ...from(setBy("limitRequestBody")),
      advice: "Give one size for everything, or leave out embeddedMode",
    };
  },

  rateLimitsAreSaidOnce({ settings: { rateLimit }, setBy }) {
    const rules = rateLimit.map(printRule);
    const twice = rules.find((rule, at) => rules.indexOf(rule) !== at);
    if (twice === undefined) return undefined;
    const what = `rateLimit says "${twice}" twice, so that each request would count twice`;
    return { cause: "configuration", what, ...from(setBy("rateLimit")), advice: "Say it once" };
  },

  networksAreAddresses({ settings, setBy }) {
    for (const key of ["trustProxy", "trustTrace", "serverStatusAllow"] as const) {
      const wrong = settings[key].find((one) => one !== "unix" && isIP(one.replace(/\/.*/, "")) === 0);
      if (wrong === undefined) continue;
      const what = `${key} names "${wrong}", which is no address and no network`;
      const accepted = "such as 192.0.2.1, 10.0.0.0/8, ::1, fd00::/8, or unix";
      return { cause: "configuration", what, ...from(setBy(key)), accepted };
    }
    return undefined;
  },

  statusPageNeedsAPort({ settings: { serverStatus, embeddedMode, metricsPort }, setBy }) {
    if (!serverStatus || !embeddedMode || metricsPort !== undefined) return undefined;
    const what = "serverStatus asks for a page that embedded mode has no port for";
    const advice = "Give it one with --metrics-port, or leave --server-status out";
    return { cause: "configuration", what, ...from(setBy("serverStatus")), advice };
  },

  trustNeedsHeaders({ settings: { trustProxy, trustProxyHeader, proxyProtocol }, setBy }) {
    if (trustProxy.length > 0 === trustProxyHeader.length > 0) return undefined;
    if (trustProxy.length > 0 && proxyProtocol) return undefined;
    if (trustProxy.length > 0)
      return {
        cause: "configuration",
        what: "trustProxy names a proxy, and trustProxyHeader no header in which it tells of its clients",
        ...from(setBy("trustProxy")),
        advice:
          "Name what the proxy sets, for example --trust-proxy-header x-forwarded-for; or give --proxy-protocol if it speaks that",
      };
    return {
      cause: "configuration",
      what: "trustProxyHeader names headers, and trustProxy nobody who is believed when he sends them",
      ...from(setBy("trustProxyHeader")),
      advice: "Name the proxy, for example --trust-proxy 10.0.0.0/8",
    };
  },
};

/** What `path` is called by whoever has `root` as root directory; undefined when it lies outside. */
export function pathInside(root: string, path: string): string | undefined {
  const rest = relative(root, path);
  return rest === ".." || rest.startsWith("../") ? undefined : `/${rest}`;
}

/** What the kernel will cut down. `most`: net.core.somaxconn, undefined where nobody tells. */
export function findShortBacklogs(
  { settings, setBy }: Pick<RuleInput, "settings" | "setBy">,
  most: number | undefined,
): string[] {
  const keys = settings.embeddedMode
    ? (["serverBacklog"] as const)
    : (["serverBacklog", "listenBacklog"] as const);
  return keys.flatMap((key) =>
    most === undefined || settings[key] <= most
      ? []
      : [
          `${key} ${settings[key]} (${setBy(key) ?? "default"}) is more than the kernel grants: ${most}. Raise net.core.somaxconn`,
        ],
  );
}

function from(by: string | undefined): { from?: string } {
  return by === undefined ? {} : { from: by };
}
