// The generation before: whether a new one is the same over again, and whether it can be gone back to.

import type { Certified } from "../../certificates/certificate-files.ts";
import { GwError } from "../../core/errors.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { firstMissing, type Pins, samePins } from "../child/pins.ts";
import type { Generation } from "./generation.ts";

/** A generation that can be gone back to. */
export type Past = { number: number; config: Resolved & Certified; pins: ReadonlyMap<string, Pins> };

/** It ran the same files with the same settings. */
export function isSame(past: Past, now: Generation, config: Resolved): boolean {
  const settings = ({ groups }: Resolved) =>
    JSON.stringify(groups.map(({ name, settings }) => [name, settings]));
  const isHere = [...past.pins].every(([name, pins]) => {
    const present = now.pins.get(name);
    return present !== undefined && samePins(pins, present);
  });
  return isHere && settings(past.config) === settings(config);
}

/** Throws when there is none, or when its files are gone. */
export function presentPast(previous: Past | undefined): Past {
  const past = (what: string) => new GwError("command_failed", { what });
  if (!previous)
    throw past(
      "No generation before this one had other files or other settings; what was changed in place is not kept",
    );
  const missing = firstMissing(previous.pins.values());
  if (missing === undefined) return previous;
  throw past(`The files of generation ${previous.number} are gone: there is no ${missing}`);
}
