// Where among the files of its group a request leads, and the same place as a client asks for it. Pure.

import { listValue } from "../../http/fields.ts";
import { preferred } from "../../http/pages.ts";
import type { Visit } from "../visit/visit.ts";
import { below, type Location, locate, pathOf } from "./location.ts";

/** The path as the group sees it, whether its workers get the mount or not. */
export function placeBelowMount(visit: Visit): Location | undefined {
  const { cut, mount, path } = visit;
  // Links in a page at the mount itself lead beside it, as in any directory without its slash.
  if (cut > 0 && cut === path.length) return { segments: [], isDirectory: false };
  if (cut > 0) return locate(pathIn(visit.onward));
  const location = locate(path);
  if (!location || mount === "/") return location;
  const segments = below(location.segments, locate(mount)?.segments ?? []);
  return segments && { ...location, segments };
}

function pathIn(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/** A path of this host, whatever the client has sent: never one that names another. */
export function withSlash({ script, mount, target }: Visit, { segments }: Location): string {
  const query = target.indexOf("?");
  const path = `${script}${locateIn(mount)}${segments.length > 0 ? pathOf(segments) : ""}/`;
  return path.replace(/^[/\\]+/, "/") + (query < 0 ? "" : target.slice(query));
}

export const locateIn = (mount: string) => (mount === "/" ? "" : mount);

/** Somebody goes to a page, and says so: what a page itself asks for names no HTML, or anything before it. */
export const isNavigation = ({ client: { method }, fields }: Visit): boolean =>
  (method === "GET" || method === "HEAD") && preferred(listValue(fields, "accept")) === "html";
