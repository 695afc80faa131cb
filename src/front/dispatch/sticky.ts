// Which worker a client belongs to, where all its requests are to go to one: rendezvous hashing over the workers that take
// requests. Every front end comes to the same answer by itself, a worker that leaves hands on its own clients and no others,
// and one that comes takes its share from all. Nothing is remembered.

import { randomFillSync } from "node:crypto";
import { fieldValue } from "../../http/fields.ts";
import type { StickySettings } from "../../link/setups.ts";
import { hasUploadRoom, isUpload } from "../limit/upload-share.ts";
import type { Visit } from "../visit/visit.ts";
import { type BackendState, isOpen } from "./backends.ts";

/** What gw writes into its own cookie, and takes from it again: another value is as good as none. */
const MARK = /^[A-Za-z0-9_-]{1,64}$/;
const MARK_BYTES = 16;
/** How much of a field is looked at. */
const FIELD_MOST = 1024;

/** The client's mark as a number, the same in all front ends; undefined where it has none. */
export function markOf({ by, salt }: StickySettings, text: string | undefined): number | undefined {
  return text === undefined || (by === "header" && text === "") ? undefined : textScore(text, salt);
}

export function textScore(text: string, salt = 0): number {
  let hash = salt;
  const end = Math.min(text.length, FIELD_MOST);
  for (let i = 0; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** What tells this client from others: the value of its cookie or field, or its address. */
export function tellTale(
  settings: StickySettings,
  fields: readonly string[],
  address: string,
): string | undefined {
  switch (settings.by) {
    case "address":
      return address;
    case "header":
      return fieldValue(fields, settings.name);
    case "cookie":
      return cookieOf(fields, settings.name);
  }
}

/** The value of the first cookie with this name that gw may have written. */
export function cookieOf(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    const field = fields[i] as string;
    if (field.length !== 6 || field.toLowerCase() !== "cookie") continue;
    const value = valueIn(fields[i + 1] as string, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function valueIn(cookies: string, name: string): string | undefined {
  for (const pair of cookies.split(";")) {
    const at = pair.indexOf("=");
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    if (MARK.test(value)) return value;
  }
  return undefined;
}

/** Says by what the visit's client is known; one that comes without gw's cookie gets one with its answer. */
export function markVisit(visit: Visit, settings: StickySettings): void {
  const { fields, peer } = visit;
  let text = tellTale(settings, fields, peer.address);
  if (text === undefined && settings.by === "cookie") {
    text = newMark();
    visit.cookie = cookieFor(settings, text, visit.mount, peer.scheme === "https");
  }
  visit.mark = markOf(settings, text);
}

/** Nobody can guess it, and it says nothing of a worker. */
const newMark = () => randomFillSync(Buffer.alloc(MARK_BYTES)).toString("base64url");

/** `isSecure`: it was asked for over TLS, and is to be shown over TLS only. */
export function cookieFor(
  { name, secure }: StickySettings & { by: "cookie" },
  mark: string,
  path: string,
  isSecure = false,
): string {
  return `${name}=${mark}; Path=${path}; HttpOnly; SameSite=Lax${secure || isSecure ? "; Secure" : ""}`;
}

/**
 * The worker that this client belongs to, if it may take a request now. With `move` the next one that may where its own is
 * full; undefined otherwise: the request waits. `isForUpload`: its body is not whole; such have half of each worker's places.
 */
export function chooseSticky(
  states: Iterable<BackendState>,
  mark: number,
  overflow: StickySettings["overflow"],
  now: number,
  isForUpload = false,
): BackendState | undefined {
  const isFree = (state: BackendState) => isOpen(state, now) && (!isForUpload || hasRoomForUpload(state));
  let best: BackendState | undefined;
  let most = -1;
  for (const state of states) {
    if (!state.backend.accepting || (overflow === "move" && !isFree(state))) continue;
    const score = scoreOf(mark, state.backend.slot);
    if (score <= most) continue;
    most = score;
    best = state;
  }
  return best && isFree(best) ? best : undefined;
}

function hasRoomForUpload({ backend, running }: BackendState): boolean {
  let inside = 0;
  for (const { visit } of running) if (isUpload(visit)) inside++;
  return hasUploadRoom({ inside, places: backend.capacity });
}

/** How well a worker's place suits a client; from 0 to 2^32 - 1. Places keep their numbers when their process is replaced. */
export function scoreOf(mark: number, place: number): number {
  return mix(mark ^ mix(Math.imul(place + 1, 0x9e3779b1)));
}

/** All bits of the result hang on all bits of what is given (the finalizer of MurmurHash3). */
function mix(given: number): number {
  let hash = given;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
