// What of the page somebody looks at, as the query of its address says. Pure.

import { DEEDS, type Deed, type DeedRequest } from "../../../link/messages.ts";

/** By which column the workers are sorted. */
export const SORTS = ["worker", "state", "busy", "served", "cpu", "memory", "lag", "age"] as const;
export type Sort = (typeof SORTS)[number];

export type View = {
  shows: "overview" | "worker" | "actions" | "configuration" | "confirm" | "events" | "json";
  /** Of `worker`: the number of its place. */
  worker: number | undefined;
  /** Of `confirm`. */
  deed: DeedRequest | undefined;
  sort: Sort;
  /** Only what contains this, in lower case; empty for all. */
  filter: string;
  /** All requests under way, and not only the oldest. */
  isLong: boolean;
};

const FILTER_LENGTH = 100;

export function readView(query: URLSearchParams): View {
  const worker = numberOf(query.get("worker"));
  const deed = deedOf(query);
  const shown = query.get("view");
  const shows = query.has("events")
    ? "events"
    : deed
      ? "confirm"
      : shown === "actions" || shown === "configuration" || shown === "json"
        ? shown
        : worker === undefined
          ? "overview"
          : "worker";
  const sort = query.get("sort");
  return {
    shows,
    worker,
    deed,
    sort: SORTS.find((one) => one === sort) ?? "worker",
    filter: (query.get("q") ?? "").trim().toLowerCase().slice(0, FILTER_LENGTH),
    isLong: query.has("all"),
  };
}

/** From a link or from a form; undefined when it names nothing that can be done. */
export function deedOf(given: { get(name: string): unknown }): DeedRequest | undefined {
  const word = given.get("do");
  const deed: Deed | undefined = DEEDS.find((one) => one === word);
  if (!deed) return undefined;
  const worker = numberOf(given.get("worker"));
  const group = given.get("group");
  const isNamed = typeof group === "string" && group !== "";
  return { deed, ...(worker !== undefined && { worker }), ...(isNamed && { group }) };
}

function numberOf(text: unknown): number | undefined {
  return typeof text === "string" && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** The query of an address that shows the same with these changes; what is as usual is left out. */
export function queryOf(view: View, changes: Partial<View>): string {
  const { sort, filter, isLong } = { ...view, ...changes };
  const query = new URLSearchParams();
  if (sort !== "worker") query.set("sort", sort);
  if (filter !== "") query.set("q", filter);
  if (isLong) query.set("all", "");
  return `?${query}`;
}
