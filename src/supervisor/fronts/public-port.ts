// The port of the clients belongs to gw's front ends. Programs of the same user, an app's children and threads among them,
// could bind it as well and take clients in silence; the kernel is told to let nobody in but a front end that is about to
// bind. Whoever listens there all the same, or at an address that goes before gw's, is told with its pid.
import { type BoundAddress, guardPort, type PortGuard } from "../../../ffi/port-guard.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { known, type ListeningSocket, type OperatingSystem } from "../../os/operating-system.ts";
import { describeAddress, takesClientsOf } from "./addresses.ts";

export type PublicPortSetup = {
  port: number;
  /** Where gw was just seen to be able to listen; nothing where it is not known, or the app itself is to listen there. */
  guarded: readonly BoundAddress[];
  clock: Clock;
  log: Log;
  os: Pick<OperatingSystem, "listeningOn" | "listeningOf" | "holderOf" | "findProcess">;
  /** Processes that may listen there. */
  ownPids: () => readonly number[];
};

/** A front end, or another gw whose front ends are to bind the port as well. `ending`: it is gone. */
export type Binder = object & { readonly ending?: unknown };

const LOOK_MS = 1_000;

export class PublicPort {
  readonly #setup: PublicPortSetup;
  readonly #guards: readonly PortGuard[];
  readonly #admitted = new Set<Binder>();
  /** Sockets that are gw's own, or were told of. */
  readonly #known = new Set<string>();
  /** Where gw's own listen, one for each address. */
  readonly #own = new Map<string, ListeningSocket>();
  #timer: Timer;
  #hasTold = false;
  #isBlind = false;

  /** `before`: a gw that has the port as well, and whose front ends may still bind it. */
  constructor(setup: PublicPortSetup, before?: Binder) {
    this.#setup = setup;
    this.#guards = this.#open();
    if (before) this.#admitted.add(before);
    this.#shut();
    this.#timer = this.#next();
  }

  /** This front end is about to bind. */
  admit(front: Binder): void {
    this.#admitted.add(front);
    for (const guard of this.#guards) {
      const opened = guard.admit();
      if (!opened.ok) this.#tellGap(opened.reason);
    }
  }

  get guarded(): { port: number; addresses: readonly Uint8Array[] } {
    const { port, guarded } = this.#setup;
    return { port, addresses: guarded.map(({ bytes }) => bytes) };
  }

  /** It has bound, or is gone. */
  settle(front: Binder): void {
    if (this.#admitted.delete(front)) this.#shut();
  }

  close(): void {
    this.#timer.cancel();
    for (const guard of this.#guards) guard.close();
  }

  #open(): PortGuard[] {
    return this.#setup.guarded.flatMap((address) => {
      const made = guardPort(address);
      if (made.ok) return [made.value];
      this.#tellGap(made.reason);
      return [];
    });
  }

  #shut(): void {
    if (this.#admitted.size > 0) return;
    for (const guard of this.#guards) {
      const done = guard.shut();
      if (!done.ok) this.#tellGap(done.reason);
    }
  }

  /** No fault of anybody's, and nothing has come of it yet. */
  #tellGap(why: string): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    const { port, log } = this.#setup;
    log.info("programs of the same user can listen on gw's port as well; who does is told", { port, why });
  }

  #tellBlind(why: string): void {
    if (this.#isBlind) return;
    this.#isBlind = true;
    const { port, log } = this.#setup;
    log.info("whether another process listens on gw's port cannot be seen here", { port, why });
  }

  #next(): Timer {
    return this.#setup.clock.after(LOOK_MS, () => {
      this.#timer = this.#next();
      for (const front of this.#admitted) if (front.ending) this.settle(front);
      this.#look();
    });
  }

  #look(): void {
    const { os, port } = this.#setup;
    const found = os.listeningOn(port);
    if (!found.ok) return this.#tellBlind(found.reason);
    const present = new Set(found.value.map(({ id }) => id));
    for (const id of this.#known) if (!present.has(id)) this.#known.delete(id);
    const unknown = found.value.filter(({ id }) => !this.#known.has(id));
    if (unknown.length === 0) return;
    for (const pid of this.#setup.ownPids()) {
      for (let own = os.listeningOf(pid, unknown); own; own = os.listeningOf(pid, unknown)) {
        this.#own.set(own.address, own);
        this.#known.add(own.id);
        unknown.splice(unknown.indexOf(own), 1);
      }
    }
    // As long as no front end is there, it cannot be said whose way anybody is in.
    if (this.#own.size > 0) for (const socket of unknown) this.#tell(socket);
  }

  #tell(socket: ListeningSocket): void {
    this.#known.add(socket.id);
    if (![...this.#own.values()].some((own) => takesClientsOf(own, socket))) return;
    const { os, port, log } = this.#setup;
    const pid = os.holderOf([socket]);
    const name = pid && known(os.findProcess(pid))?.name;
    const facts = { pid: pid ?? "unknown", name, address: describeAddress(socket), port };
    if (this.#own.has(socket.address))
      log.error("another process listens on gw's port and takes a share of its clients; end it", facts);
    else
      log.warn("another process listens on gw's port, and clients who ask for its address get to it", facts);
  }
}

/** All ports of the clients. */
export class PortGuards {
  readonly #ports: readonly PublicPort[];

  constructor(ports: readonly PublicPort[]) {
    this.#ports = ports;
  }

  admit(front: Binder): void {
    for (const port of this.#ports) port.admit(front);
  }

  settle(front: Binder): void {
    for (const port of this.#ports) port.settle(front);
  }

  /** By port, where others are kept away. */
  get guarded(): { port: number; addresses: readonly Uint8Array[] }[] {
    return this.#ports.map(({ guarded }) => guarded);
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }
}
