// The control socket: a UNIX socket in the server root that only its owner can open. It reads a question, has the
// supervisor do what is asked (`Controls`), and answers. It decides nothing itself.
import { chmodSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, within } from "../core/clock.ts";
import { asGwError, GwError, reasonOf } from "../core/errors.ts";
import { fileIdOf } from "../core/files.ts";
import type { Log } from "../core/log.ts";
import { Caller } from "./caller.ts";
import { type ControlRequest, PAUSE_MS, PROFILE_MS } from "./commands.ts";
import type { Controls, OnReloadItem } from "./controls.ts";
import { SOCKET_NAME } from "./protocol.ts";
import { pongOf } from "./status.ts";

/** Commands whose work takes a while, and ends in an answer or an error. */
type Lasting = Exclude<
  ControlRequest,
  { command: "status" | "ping" | "metrics" | "log-level" | "logs" | "stop" }
>;

/** Commands are for people and their scripts: more than this many at once is a mistake. */
const MOST_CALLERS = 32;
/** How long the last answers may take when gw ends. */
const FAREWELL_MS = 1_000;

export type ControlSetup = {
  serverRoot: string;
  pid: number;
  version: string;
  clock: Clock;
  log: Log;
  controls: Controls;
};

export class ControlServer {
  readonly #setup: ControlSetup;
  readonly #callers = new Set<Caller>();
  /** What those are told who wait for the end. */
  readonly #farewells = new Map<Caller, () => void>();
  readonly #path: string;
  #listener: { stop(isForced?: boolean): void };
  /** Which socket is ours, whatever stands at the path by now. */
  #id: string | undefined;

  /** Listens; throws a GwError when that cannot be. */
  constructor(setup: ControlSetup) {
    this.#setup = setup;
    this.#path = join(setup.serverRoot, SOCKET_NAME);
    this.#listener = this.#listen();
  }

  /** Somebody has taken the socket away, a cleaner of old files for example: nobody can ask any more. */
  get isHidden(): boolean {
    return this.#id === undefined || fileIdOf(this.#path) !== this.#id;
  }

  /** Makes the socket anew; who has asked already is answered all the same. Throws as the first time. */
  reopen(): void {
    const old = this.#listener;
    this.#listener = this.#listen();
    old.stop();
  }

  /** Everything else has ended: answers who still waits, and takes the socket away. */
  async close(): Promise<void> {
    if (!this.isHidden) rmSync(this.#path, { force: true });
    this.#listener.stop();
    const left = [...this.#callers].map((caller) => new Promise<void>((resolve) => caller.onTold(resolve)));
    for (const farewell of this.#farewells.values()) farewell();
    for (const caller of this.#callers)
      caller.fail(new GwError("command_failed", { what: "gw has stopped meanwhile" }));
    await within(this.#setup.clock, FAREWELL_MS, Promise.all(left), undefined);
  }

  #listen(): { stop(isForced?: boolean): void } {
    const { serverRoot } = this.#setup;
    let nursery: string | undefined;
    try {
      // Nobody else can come near until the mode is right: the socket is made in a directory of its own.
      nursery = mkdtempSync(join(serverRoot, ".c-"));
      const listener = this.#listenAt(join(nursery, "s"));
      this.#id = fileIdOf(this.#path);
      return listener;
    } catch (error) {
      throw new GwError("server_root_unusable", {
        path: serverRoot,
        reason: `${SOCKET_NAME}: ${reasonOf(error)}`,
      });
    } finally {
      if (nursery !== undefined) rmSync(nursery, { recursive: true, force: true });
    }
  }

  #listenAt(path: string): { stop(isForced?: boolean): void } {
    const listener = Bun.listen<Caller>({
      unix: path,
      // `echo … | nc -U` sends its end right behind its question.
      allowHalfOpen: true,
      socket: {
        open: (socket) => {
          socket.data = this.#makeCaller(socket);
          this.#admit(socket.data);
        },
        data: (socket, bytes) => socket.data.received(bytes),
        drain: (socket) => socket.data.drained(),
        close: (socket) => {
          this.#callers.delete(socket.data);
          this.#farewells.delete(socket.data);
          socket.data.closed();
        },
        error: () => {},
      },
    });
    try {
      chmodSync(path, 0o600);
      renameSync(path, this.#path);
      return listener;
    } catch (error) {
      listener.stop();
      throw error;
    }
  }

  #makeCaller(socket: Bun.Socket<Caller>): Caller {
    const wire = {
      write: (bytes: Uint8Array) => socket.write(bytes),
      terminate: () => socket.terminate(),
    };
    const caller: Caller = new Caller(wire, this.#setup.clock, (request) => this.#answer(caller, request));
    return caller;
  }

  #admit(caller: Caller): void {
    this.#callers.add(caller);
    if (this.#callers.size > MOST_CALLERS)
      caller.fail(new GwError("command_failed", { what: `${MOST_CALLERS} other commands are under way` }));
  }

  #answer(caller: Caller, request: ControlRequest): void {
    const { version, pid, log } = this.#setup;
    log.debug("a control command came", { command: request.command });
    caller.accept(version, pid);
    try {
      this.#obey(caller, request);
    } catch (thrown) {
      this.#fail(caller, thrown);
    }
  }

  #obey(caller: Caller, request: ControlRequest): void {
    const { controls } = this.#setup;
    switch (request.command) {
      case "status":
        return caller.done(controls.status());
      case "ping":
        return caller.done(pongOf(controls.status()));
      case "metrics":
        return caller.done(controls.metrics());
      case "log-level":
        return caller.done(controls.setLogLevel(request.arguments));
      case "logs":
        return this.#showTail(caller, request.arguments.follow ?? false);
      case "stop":
        this.#farewells.set(caller, () => caller.done({ cut: controls.cut }, { staysOpen: true }));
        return controls.stop(request.arguments.now ? "at once" : "gracefully");
      default:
        return void this.#perform(caller, request);
    }
  }

  /** It goes on when the caller has left. */
  async #perform(caller: Caller, request: Lasting): Promise<void> {
    try {
      caller.done(await this.#begin(caller, request));
    } catch (thrown) {
      this.#fail(caller, thrown);
    }
  }

  /** Whoever asked would wait for ever; of a mistake of ours nobody else would hear. */
  #fail(caller: Caller, thrown: unknown): void {
    const error = asGwError(thrown);
    if (error !== thrown) this.#setup.log.error(error.message);
    caller.fail(error);
  }

  /** Every command has an answer, and it is an object: without that a row without an implementation would compile. */
  async #begin(caller: Caller, request: Lasting): Promise<object> {
    const { controls } = this.#setup;
    const onItem: OnReloadItem = (told) => caller.item(told, () => told);
    switch (request.command) {
      case "why":
        return controls.explain(request.arguments);
      case "evidence":
        return controls.evidence(request.arguments.name);
      case "requests":
        return controls.listRequests(request.arguments);
      case "reload":
        return controls.reload(request.arguments, onItem);
      case "rollback":
        return controls.rollback(request.arguments.wait ?? false, onItem);
      case "upgrade":
        return controls.upgrade(request.arguments);
      case "restart":
        if (request.arguments.front) return controls.restartFronts(onItem);
        return controls.restart(request.arguments.worker, (replaced) =>
          caller.item(replaced, () => ({ worker: replaced.worker })),
        );
      case "scale":
        return controls.scale(request.arguments.group, request.arguments.count);
      case "drain":
        return controls.drain(request.arguments.worker);
      case "status-token":
        return controls.statusToken();
      case "stack":
        return controls.stack(request.arguments.worker);
      case "profile":
        return controls.profile(request.arguments.worker, request.arguments.for ?? PROFILE_MS);
      case "heap":
        return controls.heap(request.arguments.worker);
      case "pause":
        return controls.pause(request.arguments.group, request.arguments.for ?? PAUSE_MS);
      case "resume":
        return controls.resume(request.arguments.group);
    }
  }

  #showTail(caller: Caller, isFollowing: boolean): void {
    const { tail } = this.#setup.controls;
    const show = (line: string) =>
      caller.item(
        line,
        (count) => `gw: ${count} lines were left out here because they were not read in time`,
      );
    for (const line of tail.recent()) show(line);
    if (!isFollowing) return caller.done({});
    this.#farewells.set(caller, () => caller.done({}));
    caller.onGone(tail.follow(show));
  }
}
