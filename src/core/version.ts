// What this build is. `GW_BUILD` is replaced by deploy/build.ts; gw that is started from its sources says so.

declare const GW_BUILD: { version: string; target: string; date: string } | undefined;

const build =
  typeof GW_BUILD === "undefined"
    ? { version: "0.1.0-source", target: `${process.platform}-${process.arch}`, date: "2026-01-01" }
    : GW_BUILD;

/** False where gw is started from its sources, by a plain runtime. */
export const IS_COMPILED = typeof GW_BUILD !== "undefined";

export const VERSION: string = build.version;
export const TARGET: string = build.target;
/** Of the commit that it was built from, as `2026-11-29`. */
export const BUILD_DATE: string = build.date;
