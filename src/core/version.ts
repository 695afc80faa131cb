// What this build is. `GW_BUILD` is replaced by deploy/build.ts; gw that is started from its sources says so.

declare const GW_BUILD: { version: string; target: string } | undefined;

const build =
  typeof GW_BUILD === "undefined"
    ? { version: "0.1.0-source", target: `${process.platform}-${process.arch}` }
    : GW_BUILD;

/** False where gw is started from its sources, by a plain runtime. */
export const IS_COMPILED = typeof GW_BUILD !== "undefined";

export const VERSION: string = build.version;
export const TARGET: string = build.target;
