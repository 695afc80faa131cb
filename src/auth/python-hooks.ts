// Hooks in Python: run by an interpreter that is a child of the auth process, as whoever that is by then, and asked over a channel
// of JSON lines (python/worker.py has the other end). Everything else, Digest and the memory of verdicts among it, is as for hooks in
// TypeScript. When the interpreter ends the auth process ends as well, and another one is asked.

import type { Subprocess } from "bun";
import { GwError, reasonOf } from "../core/errors.ts";
import { isRecord } from "../core/records.ts";
import { VERSION } from "../core/version.ts";
import type { AuthSetup } from "../link/auth.ts";
import { type HookRequest, type Hooks, originOf } from "./hooks.ts";

export type HookInterpreter = NonNullable<AuthSetup["python"]>;

/** By what name a script in Python has each of them: as mod_wsgi's auth scripts do. */
const FUNCTIONS: Readonly<Record<keyof Hooks, string>> = {
  allowAccess: "allow_access",
  checkPassword: "check_password",
  getRealmHash: "get_realm_hash",
  groupsForUser: "groups_for_user",
};

/** What a hook in Python has raised, with its traceback, for whoever has written it. */
export class PythonHookError extends Error {}

type HookCall = { onLook(): void; answer: PromiseWithResolvers<unknown> };

export type PythonHooksOptions = {
  setup: HookInterpreter;
  home: string;
  now(): number;
  /** It has ended; nothing that was asked will be answered. */
  onEnded(): void;
};

export class PythonHooks {
  readonly #options: PythonHooksOptions;
  readonly #child: Subprocess;
  readonly #calls = new Map<number, HookCall>();
  readonly #loads = new Map<string, PromiseWithResolvers<void>>();
  #count = 0;
  #heardMs: number;

  constructor(options: PythonHooksOptions) {
    const { setup, home, now, onEnded } = options;
    this.#options = options;
    this.#heardMs = now();
    this.#child = start(setup, home, (message) => this.#hear(message));
    void this.#child.exited.then(onEnded);
    this.#child.send({ type: "hooks", home, path: setup.path });
  }

  /** For how long it has not said that it runs Python, in milliseconds. */
  get silentMs(): number {
    return this.#options.now() - this.#heardMs;
  }

  /** Rejects with a GwError when the script cannot be loaded, or lacks the function. */
  async load<N extends keyof Hooks>(script: string, name: N): Promise<NonNullable<Hooks[N]>> {
    const key = `${script}\0${FUNCTIONS[name]}`;
    const loaded = Promise.withResolvers<void>();
    this.#loads.set(key, loaded);
    this.#child.send({ type: "load", key, script, name: FUNCTIONS[name] });
    await loaded.promise;
    const call = (request: HookRequest, ...args: unknown[]) => this.#ask(key, name, request, args);
    return call as NonNullable<Hooks[N]>;
  }

  #ask(key: string, name: keyof Hooks, request: HookRequest, args: unknown[]): Promise<unknown> {
    const asked = originOf(request);
    if (!asked) throw new Error("a hook in Python was called with what is no request");
    const id = ++this.#count;
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(id, { answer, onLook: () => asked.onLook() });
    const { request: sent, client, tls } = asked.question;
    // The client itself is in the question, and in Python hooks are told its address.
    const words = name === "allowAccess" ? [client.address] : args.slice(0, 2);
    this.#child.send({ type: "call", id, key, words, question: { request: sent, client, tls } });
    return answer.promise;
  }

  #hear(message: unknown): void {
    this.#heardMs = this.#options.now();
    if (!isRecord(message)) return;
    if (message.type === "loaded") this.#loads.get(String(message.key))?.resolve();
    else if (message.type === "failed") this.#loads.get(String(message.key))?.reject(failureOf(message));
    else if (message.type === "answer") this.#take(message);
  }

  #take({ id, value, error, hasLooked }: Record<string, unknown>): void {
    const call = this.#calls.get(Number(id));
    if (!call) return;
    this.#calls.delete(Number(id));
    if (hasLooked === true) call.onLook();
    if (typeof error === "string") call.answer.reject(new PythonHookError(error));
    else call.answer.resolve(value);
  }
}

function start({ interpreter, program }: HookInterpreter, home: string, ipc: (message: unknown) => void) {
  try {
    return Bun.spawn([interpreter, program, VERSION, "hooks"], {
      cwd: home,
      stdio: ["ignore", "inherit", "inherit"],
      serialization: "json",
      ipc,
    });
  } catch (thrown) {
    throw new GwError("interpreter_refused", { path: interpreter, reason: reasonOf(thrown) });
  }
}

function failureOf({ cause, facts, detail }: Record<string, unknown>): GwError {
  const known = isRecord(facts) ? (facts as Record<string, string>) : {};
  const row =
    cause === "auth_function_missing" || cause === "interpreter_unfit" ? cause : "auth_script_failed";
  return new GwError(row, known, typeof detail === "string" ? detail : undefined);
}
