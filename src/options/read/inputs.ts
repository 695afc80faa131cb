// What settings are made from: the words of the command, the environment, a configuration file that has been read, and
// what the machine says about itself. And what is told of every value: who set it.

import type { Handed } from "../../core/addresses.ts";
import type { Environment } from "../../core/environment.ts";
import type { PathKind } from "../declare/app-file.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key } from "../declare/table.ts";
import type { Accounts } from "./accounts.ts";
import type { Member } from "./config-json.ts";

/** What the machine says about itself. */
export type HostFacts = {
  cwd: string;
  uid: number;
  gid: number;
  accounts: Accounts;
  pid: number;
  /** Where temporary files go. */
  tmpdir: string;
  kindOf: (path: string) => PathKind | undefined;
  /** A name in a directory is a symbolic link that cannot be followed without leaving it. */
  leadsOut?: ((directory: string, name: string) => boolean) | undefined;
  /** The longest backlog of any socket; undefined where the system does not tell. */
  mostBacklog?: number | undefined;
  /** What there is of it for gw, where somebody asks; parts of a processor count. */
  machine?: (() => { processors: number; memoryBytes: number }) | undefined;
  /** What a service manager has opened for gw. */
  handed?: Handed | undefined;
};

/** A configuration file that has been read: its members, or why it could not be. */
export type ConfigFile = {
  path: string;
  members: readonly Member[];
  problems: readonly Problem[];
  modules?: ConfigModules;
};

/** Of a configuration that is code: files that it consists of, and places where what it imports was looked for in vain. */
export type ConfigModules = {
  files: readonly string[];
  missing: readonly string[];
  /** Wall time at which the reading began. */
  beganAtMs: number;
};

export type Inputs = {
  argv: readonly string[];
  env: Environment;
  file?: ConfigFile | undefined;
  facts: HostFacts;
  /** Names of the command's own switches, for example `json`. */
  switches?: readonly string[];
};

export type Origin = {
  layer: "default" | "file" | "environment" | "flag";
  /** `default`, `PATH:LINE`, `GW_PORT` or `--port`. */
  text: string;
  /** In a group of a file: where in it, as `groups.api.port`. */
  path?: string;
};
export type Origins = Readonly<Record<Key, Origin>>;

export const BY_DEFAULT: Origin = { layer: "default", text: "default" };

/** All by default, to be written over. */
export function noOrigins(): Record<Key, Origin> {
  return Object.fromEntries(KEYS.map((key) => [key, BY_DEFAULT])) as Record<Key, Origin>;
}

/** Where an option was set, in words; undefined when nobody set it. */
export function setterIn(origins: Origins): (key: Key) => string | undefined {
  return (key) => {
    const { layer, text, path } = origins[key];
    return layer === "default" ? undefined : path === undefined ? text : `${text} (${path})`;
  };
}
