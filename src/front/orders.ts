// The supervisor's orders to a front, each straight to whom it concerns.

import type { Channel } from "../child/channel.ts";
import type { Backend, ToChild } from "../link/messages.ts";
import type { FrontDeparture } from "./departure.ts";
import type { Listeners } from "./listeners.ts";
import type { Pipeline } from "./pipeline.ts";

/** Whom orders concern. */
export type Subjects = {
  pipeline: Pick<Pipeline, "auth" | "groups" | "poisons" | "telling" | "active">;
  channel: Pick<Channel, "say">;
  listeners: Pick<Listeners, "steer" | "accept">;
  departure: Pick<FrontDeparture, "retire" | "drain">;
  /** Tells the supervisor how things are. */
  report: () => void;
};

/** The first word of all, which has made this front; and what is said to others. */
type ForOthers = Extract<
  ToChild,
  { type: "configure" | "told" | "acted" | "event" | "spans" | "stay" | "withdrawn" | "examine" }
>;

export function obey(order: ToChild, { pipeline, channel, listeners, departure, report }: Subjects): void {
  const { auth, groups, poisons } = pipeline;
  switch (order.type) {
    case "backends":
      setBackends(order, auth, groups);
      // Whoever changes the list wants to know what is where just now.
      return report();
    case "condemn":
      return condemn(order, pipeline);
    case "loops":
      return setStalled(order, groups);
    case "paces":
      return groups.notePaces(order.workers);
    case "poisons":
      poisons.set(order.requests);
      return refusePoisonous(pipeline);
    case "list":
      return channel.say({ type: "requests", id: order.id, ...listActive(pipeline, order) });
    case "lameDuck":
      return groups.becomeLameDuck();
    case "steer":
      return listeners.steer(order);
    case "accept":
      return listeners.accept();
    case "retire":
      return departure.retire(order);
    case "drain":
      return departure.drain(order.withinMs);
    default:
      order satisfies ForOthers;
  }
}

function condemn(
  { socket, cause, sparesStreams }: Extract<ToChild, { type: "condemn" }>,
  { auth, groups }: Pick<Pipeline, "auth" | "groups">,
): void {
  auth.condemn(socket);
  for (const { dispatch } of groups) dispatch.condemn(socket, cause, sparesStreams);
}

/** What waits has passed the stage that refuses them. */
function refusePoisonous({ groups, poisons }: Pick<Pipeline, "groups" | "poisons">): void {
  for (const { dispatch } of groups)
    dispatch.queue.refuse((visit) => poisons.has(visit), "poisonous_request");
}

function setStalled({ stalled }: Extract<ToChild, { type: "loops" }>, groups: Pipeline["groups"]): void {
  const forMs = new Map(stalled.map((one) => [one.socket, one.forMs]));
  for (const { dispatch } of groups) dispatch.setStalled(forMs);
}

function listActive(
  { telling, active, groups }: Pick<Pipeline, "telling" | "active" | "groups">,
  { most, socket }: Extract<ToChild, { type: "list" }>,
) {
  if (socket === undefined) return { requests: telling.list(most), total: active };
  const visits = [...groups].flatMap(({ dispatch }) => dispatch.visitsOn(socket));
  return { requests: telling.list(most, visits), total: visits.length };
}

type BackendsOrder = Extract<ToChild, { type: "backends" }>;

function setBackends(
  { backends, paused, trial }: BackendsOrder,
  auth: Pipeline["auth"],
  groups: Pipeline["groups"],
): void {
  const isAuth = (backend: Backend) => backend.isAuth === true;
  auth.setBackends(backends.filter(isAuth));
  groups.setBackends(
    backends.filter((backend) => !isAuth(backend)),
    paused,
    trial,
  );
}
