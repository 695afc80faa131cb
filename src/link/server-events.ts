// What gw tells a program or a URL of the operator's when something has happened to it: the words, and one event.

export const SERVER_EVENTS = {
  crash: "A process has ended that should not have: `details` is its end, as `gw why --json` has it",
  crash_loop: "A process ends again and again soon after its start: `details` has the last `error`",
  reload_refused: "A reload failed, and what was before serves on: `details` is the record of it",
  certificate_expires:
    "A certificate that is served ends within 21 days, or has ended; once a day: `details` has its `file` and `expiresAt`",
  shedding:
    "For ten seconds requests have been refused because there is no room or no worker for them: `details` has the `causes`, each with its number",
  recovered: "What one of the others told is over: `details.from` says which, for the same `subject`",
} as const satisfies Record<string, string>;

export type ServerEventKind = keyof typeof SERVER_EVENTS;

/** As it is written to the program's standard input, or posted, as one object of JSON. */
export type ServerEvent = {
  event: ServerEventKind;
  /** Wall time, ISO 8601. */
  at: string;
  /** The process, the file, or what else it is about. */
  subject: string;
  /** A sentence. */
  message: string;
  details: object;
  /** Events that were left out before this one: of the same kind and subject within a minute, or of many. */
  leftOut: number;
  server: { version: string; pid: number; urls: string[]; serverRoot: string };
};

/** Anything else is a line for the shell. */
export const isUrl = (target: string) => /^https?:\/\//i.test(target);
