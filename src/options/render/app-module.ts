// The module `gw` as apps see it: its types, and what stands for it where an app runs without gw. The real one is
// worker/module/gw-module; test/worker/module holds these types against it.

import types from "./gw-module.txt" with { type: "text" };
import standIn from "./without-gw.cjs" with { type: "text" };

/** What the name `gw` leads to under plain Bun or Node: a module of CommonJS, which both read as it is. */
export const renderStandIn = (): string => standIn as unknown as string;

/** The lines of a declaration file that is a module. */
export const APP_MODULE: readonly string[] = types.trim().split("\n");
