// What `gw top` is about: which list, which row, what is typed; and what a key makes of it. Pure.
import type { ActiveRequests } from "../../control/records.ts";
import type { Explained } from "../../control/results.ts";
import type { TypedKey } from "./keys.ts";
import type { TopLook, TopRates } from "./top-figures.ts";
import {
  choose,
  keyOfWorker,
  REQUEST_ORDERS,
  textOfRequest,
  textOfWorker,
  WORKER_ORDERS,
  type WorkerRow,
  workerRowsOf,
} from "./top-rows.ts";

export type TopData = {
  look: TopLook;
  rates: TopRates;
  /** Undefined in embedded mode, where nobody knows of them. */
  requests: ActiveRequests | undefined;
  /** Of what is shown alone. */
  explained: Explained | undefined;
};

/** What is shown alone, by what `gw why` knows it. */
export type TopSubject = { kind: "worker"; slot: number } | { kind: "request"; id: string };

export type TopDeed = { command: "restart" | "drain"; worker: number };

export type TopState = {
  list: "workers" | "requests";
  /** Of the row that is chosen, in each list; it may be gone. */
  chosen: { workers: string | undefined; requests: string | undefined };
  order: { workers: number; requests: number };
  isReversed: { workers: boolean; requests: boolean };
  filter: string;
  isTyping: boolean;
  subject: TopSubject | undefined;
  showsHelp: boolean;
  /** Lines of a text that are above the screen. */
  scrolled: number;
  /** To be done, once it is said that it is meant. */
  asked: TopDeed | undefined;
  /** What became of the last deed. */
  message: string;
};

export type TopAct = { act: "quit" } | { act: "suspend" } | { act: "do"; deed: TopDeed };

export const FIRST_STATE: TopState = {
  list: "workers",
  chosen: { workers: undefined, requests: undefined },
  order: { workers: 0, requests: 0 },
  isReversed: { workers: false, requests: false },
  filter: "",
  isTyping: false,
  subject: undefined,
  showsHelp: false,
  scrolled: 0,
  asked: undefined,
  message: "",
};

export type TopRows = { workers: WorkerRow[]; requests: ActiveRequests["requests"] };

export function rowsOf({ look, rates, requests }: TopData, state: TopState): TopRows {
  const { order, isReversed, filter } = state;
  return {
    workers: choose(workerRowsOf(look.status), textOfWorker, {
      ...{ order: WORKER_ORDERS[order.workers], isReversed: isReversed.workers, filter, rates },
    }),
    requests: choose(requests?.requests ?? [], textOfRequest, {
      ...{ order: REQUEST_ORDERS[order.requests], isReversed: isReversed.requests, filter, rates },
    }),
  };
}

/** Where the chosen row stands; the first one where it is gone, or none was chosen; -1 without rows. */
export function placeOfChosen(rows: TopRows, { list, chosen }: TopState, which = list): number {
  const keys = keysOf(rows, which);
  return keys.length === 0 ? -1 : Math.max(0, keys.indexOf(chosen[which] ?? ""));
}

const keysOf = (rows: TopRows, list: TopState["list"]): string[] =>
  list === "workers" ? rows.workers.map(keyOfWorker) : rows.requests.map(({ id }) => id);

type Pressed = { state: TopState; act?: TopAct };

const PAGE = 10;

/** `rows`: as they are shown. */
export function press(state: TopState, pressed: TypedKey, rows: TopRows): Pressed {
  if (pressed.key === "interrupt") return { state, act: { act: "quit" } };
  if (pressed.key === "suspend") return { state, act: { act: "suspend" } };
  if (state.asked) return answer(state, state.asked, pressed);
  if (state.isTyping) return { state: type(state, pressed) };
  if (pressed.key === "text") return pressLetter(state, pressed.text, rows);
  return { state: move(state, pressed.key, rows) };
}

/** Only a clear yes is one. */
function answer(state: TopState, deed: TopDeed, pressed: TypedKey): Pressed {
  const isMeant = pressed.key === "text" && pressed.text.toLowerCase() === "y";
  const answered = { ...state, asked: undefined, message: isMeant ? state.message : "nothing was done" };
  return isMeant ? { state: answered, act: { act: "do", deed } } : { state: answered };
}

const LONGEST_FILTER = 60;

function type(state: TopState, pressed: TypedKey): TopState {
  switch (pressed.key) {
    case "enter":
      return { ...state, isTyping: false };
    case "escape":
      return { ...state, isTyping: false, filter: "" };
    case "backspace":
      return { ...state, filter: state.filter.slice(0, -1) };
    case "text":
      return { ...state, filter: (state.filter + pressed.text).slice(0, LONGEST_FILTER) };
    default:
      return state;
  }
}

function pressLetter(state: TopState, letter: string, rows: TopRows): Pressed {
  switch (letter) {
    case "q":
      return { state, act: { act: "quit" } };
    case "h":
    case "?":
      return { state: { ...state, showsHelp: !state.showsHelp, scrolled: 0 } };
    case "j":
      return { state: move(state, "down", rows) };
    case "k":
      return { state: move(state, "up", rows) };
    case "/":
      return { state: { ...state, isTyping: true, subject: undefined, showsHelp: false } };
    case "s":
      return { state: withOrder(state, 1) };
    case "S":
      return { state: withOrder(state, -1) };
    case "o":
      return { state: reversed(state) };
    case "r":
      return { state: asking(state, "restart", rows) };
    case "d":
      return { state: asking(state, "drain", rows) };
    default:
      return { state };
  }
}

function withOrder(state: TopState, by: number): TopState {
  const { list, order } = state;
  const count = (list === "workers" ? WORKER_ORDERS : REQUEST_ORDERS).length;
  return { ...state, order: { ...order, [list]: (order[list] + by + count) % count } };
}

const reversed = (state: TopState): TopState => ({
  ...state,
  isReversed: { ...state.isReversed, [state.list]: !state.isReversed[state.list] },
});

/** The worker that is shown, that is chosen, or that has the request which is chosen. */
function asking(state: TopState, command: TopDeed["command"], rows: TopRows): TopState {
  const at = placeOfChosen(rows, state);
  const { subject, list } = state;
  const shown =
    subject?.kind === "request" ? rows.requests.find(({ id }) => id === subject.id)?.worker : undefined;
  const chosen = list === "workers" ? rows.workers[at]?.slot : rows.requests[at]?.worker;
  const worker = subject?.kind === "worker" ? subject.slot : (shown ?? chosen ?? 0);
  if (worker === 0) return { ...state, message: "there is no worker to do that with" };
  return { ...state, asked: { command, worker }, message: "" };
}

function move(state: TopState, key: Exclude<TypedKey["key"], "text">, rows: TopRows): TopState {
  switch (key) {
    case "up":
      return step(state, -1, rows);
    case "down":
      return step(state, 1, rows);
    case "page up":
      return step(state, -PAGE, rows);
    case "page down":
      return step(state, PAGE, rows);
    case "home":
      return step(state, Number.NEGATIVE_INFINITY, rows);
    case "end":
      return step(state, Number.POSITIVE_INFINITY, rows);
    case "tab":
      return { ...state, list: state.list === "workers" ? "requests" : "workers", subject: undefined };
    case "enter":
      return { ...state, subject: state.subject ?? subjectOf(state, rows), scrolled: 0, showsHelp: false };
    case "escape":
    case "backspace":
      return {
        ...state,
        subject: undefined,
        showsHelp: false,
        filter: state.subject ? state.filter : "",
        scrolled: 0,
      };
    default:
      return state;
  }
}

function subjectOf(state: TopState, rows: TopRows): TopSubject | undefined {
  const at = placeOfChosen(rows, state);
  const worker = state.list === "workers" ? rows.workers[at] : undefined;
  const request = state.list === "requests" ? rows.requests[at] : undefined;
  if (worker) return { kind: "worker", slot: worker.slot };
  return request && { kind: "request", id: request.id };
}

/** In a text by lines, in a list by rows. */
function step(state: TopState, by: number, rows: TopRows): TopState {
  if (state.subject || state.showsHelp)
    return { ...state, scrolled: Math.min(Math.max(0, state.scrolled + by), 10_000) };
  const keys = keysOf(rows, state.list);
  if (keys.length === 0) return state;
  const at = Math.min(Math.max(0, placeOfChosen(rows, state) + by), keys.length - 1);
  return { ...state, chosen: { ...state.chosen, [state.list]: keys[at] } };
}
