// The life of one child process as a total table: every state answers every event. Pure: it names actions, slot.ts
// carries them out. A missing cell does not compile; a pair that cannot happen says `bug`, never nothing.

/**
 * empty     no process, none wanted           stopping  asked to leave, by signal
 * spawning  being made                        parting   has finished what it had; its app may run its own last code
 * greeting  made, has not said hello          killing   killed, and none wanted after it
 * loading   configured, loads and listens     resting   no process, the next one comes when the rest is over
 * ready     serves                            failed    this start is lost; the next one follows its end
 * draining  finishes what it has
 */
export const STATES = [
  "empty",
  "spawning",
  "greeting",
  "loading",
  "ready",
  "draining",
  "stopping",
  "parting",
  "killing",
  "resting",
  "failed",
] as const;
export type SlotState = (typeof STATES)[number];

/**
 * `hello`, `ready`, `loadFailed` and `drained` are a child's word; `spawned` and `exited` come from the system (a
 * process that could not be made counts as one that exited); `deadline` from the one armed timer; the rest from above.
 */
export const EVENTS = [
  "start",
  "spawned",
  "hello",
  "ready",
  "loadFailed",
  "exited",
  "deadline",
  "drain",
  "drained",
  "stop",
  "kill",
] as const;
export type SlotEvent = (typeof EVENTS)[number];

/** `arm…` and `rest` replace the one timer; `disarm` takes it away. */
export type Action =
  | "spawn"
  | "configure"
  | "announce"
  | "withdraw"
  | "sendDrain"
  | "term"
  | "kill"
  | "armStartup"
  | "armDrain"
  | "armShutdown"
  | "armReap"
  | "rest"
  | "disarm"
  | "report"
  | "parted"
  | "gone"
  | "odd"
  | "bug";

export type Transition = { readonly to: SlotState; readonly actions: readonly Action[] };
type TransitionTable = { readonly [S in SlotState]: { readonly [E in SlotEvent]: Transition } };

const to = (state: SlotState, ...actions: Action[]): Transition => ({ to: state, actions });

/** A cell that stays where it is; a process that is about to go may still say anything. */
const stays = (state: SlotState) => to(state);
/** A child spoke out of turn: noted, and otherwise without effect. An app shares the process with its worker role. */
const odd = (state: SlotState) => to(state, "odd");
/** Cannot happen, since there is no process or no timer. */
const bug = (state: SlotState) => to(state, "bug");

export const TABLE: TransitionTable = {
  empty: {
    start: to("spawning", "spawn"),
    spawned: bug("empty"),
    hello: bug("empty"),
    ready: bug("empty"),
    loadFailed: bug("empty"),
    exited: bug("empty"),
    deadline: bug("empty"),
    drain: stays("empty"),
    drained: bug("empty"),
    stop: stays("empty"),
    kill: stays("empty"),
  },
  spawning: {
    start: stays("spawning"),
    spawned: to("greeting", "armStartup"),
    hello: bug("spawning"),
    ready: bug("spawning"),
    loadFailed: bug("spawning"),
    exited: to("resting", "report", "rest"),
    deadline: bug("spawning"),
    drain: to("stopping", "term", "armShutdown"),
    drained: bug("spawning"),
    stop: to("stopping", "term", "armShutdown"),
    kill: to("killing", "kill", "armReap"),
  },
  greeting: {
    start: stays("greeting"),
    spawned: bug("greeting"),
    hello: to("loading", "configure"),
    ready: odd("greeting"),
    loadFailed: to("failed", "report", "kill", "armReap"),
    exited: to("resting", "report", "rest"),
    deadline: to("failed", "report", "kill", "armReap"),
    drain: to("stopping", "term", "armShutdown"),
    drained: odd("greeting"),
    stop: to("stopping", "term", "armShutdown"),
    kill: to("killing", "kill", "armReap"),
  },
  loading: {
    start: stays("loading"),
    spawned: bug("loading"),
    hello: odd("loading"),
    ready: to("ready", "disarm", "announce"),
    loadFailed: to("failed", "report", "armShutdown"),
    exited: to("resting", "report", "rest"),
    deadline: to("failed", "report", "kill", "armReap"),
    drain: to("stopping", "term", "armShutdown"),
    drained: odd("loading"),
    stop: to("stopping", "term", "armShutdown"),
    kill: to("killing", "kill", "armReap"),
  },
  ready: {
    start: stays("ready"),
    spawned: bug("ready"),
    hello: odd("ready"),
    ready: odd("ready"),
    loadFailed: odd("ready"),
    exited: to("resting", "withdraw", "report", "rest"),
    deadline: bug("ready"),
    drain: to("draining", "withdraw", "sendDrain", "armDrain"),
    drained: odd("ready"),
    stop: to("stopping", "withdraw", "term", "armShutdown"),
    kill: to("killing", "withdraw", "kill", "armReap"),
  },
  draining: {
    start: stays("draining"),
    spawned: bug("draining"),
    hello: odd("draining"),
    ready: odd("draining"),
    loadFailed: odd("draining"),
    exited: to("empty", "disarm", "gone"),
    deadline: to("stopping", "term", "armShutdown"),
    drain: stays("draining"),
    drained: to("parting", "armShutdown", "parted"),
    stop: to("stopping", "term", "armShutdown"),
    kill: to("killing", "kill", "armReap"),
  },
  stopping: {
    start: stays("stopping"),
    spawned: stays("stopping"),
    hello: stays("stopping"),
    ready: stays("stopping"),
    loadFailed: stays("stopping"),
    exited: to("empty", "disarm", "gone"),
    deadline: to("killing", "kill", "armReap"),
    drain: stays("stopping"),
    drained: to("parting", "armShutdown", "parted"),
    stop: stays("stopping"),
    kill: to("killing", "kill", "armReap"),
  },
  parting: {
    start: stays("parting"),
    spawned: bug("parting"),
    hello: stays("parting"),
    ready: stays("parting"),
    loadFailed: stays("parting"),
    exited: to("empty", "disarm", "gone"),
    deadline: to("killing", "kill", "armReap"),
    drain: stays("parting"),
    drained: stays("parting"),
    stop: stays("parting"),
    kill: to("killing", "kill", "armReap"),
  },
  killing: {
    start: stays("killing"),
    spawned: stays("killing"),
    hello: stays("killing"),
    ready: stays("killing"),
    loadFailed: stays("killing"),
    exited: to("empty", "disarm", "gone"),
    deadline: to("killing", "kill", "armReap"),
    drain: stays("killing"),
    drained: stays("killing"),
    stop: stays("killing"),
    kill: stays("killing"),
  },
  resting: {
    start: to("spawning", "disarm", "spawn"),
    spawned: bug("resting"),
    hello: bug("resting"),
    ready: bug("resting"),
    loadFailed: bug("resting"),
    exited: bug("resting"),
    deadline: to("spawning", "spawn"),
    drain: to("empty", "disarm", "gone"),
    drained: bug("resting"),
    stop: to("empty", "disarm", "gone"),
    kill: to("empty", "disarm", "gone"),
  },
  failed: {
    start: stays("failed"),
    spawned: bug("failed"),
    hello: stays("failed"),
    ready: stays("failed"),
    loadFailed: stays("failed"),
    exited: to("resting", "rest"),
    deadline: to("failed", "kill", "armReap"),
    drain: to("killing", "kill", "armReap"),
    drained: stays("failed"),
    stop: to("killing", "kill", "armReap"),
    kill: to("killing", "kill", "armReap"),
  },
};

export function step(state: SlotState, event: SlotEvent): Transition {
  return TABLE[state][event];
}
