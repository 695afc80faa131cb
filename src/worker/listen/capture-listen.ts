// Every listener for HTTP that the app opens comes by here: one of them gets gw's binding instead of the port it asked for,
// the others stay where they asked to be. All of it, node:http's included, ends in Bun.serve, which is replaced; node's
// `listen` only tells which server is about to call it. Which listener is the app, says listen/choose-app; where that
// leads, worker/serve/binding. What cannot be told yet is held where nobody reaches it.

import type { Clock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import type { PublicAddress } from "../../link/setups.ts";
import type { ServeOptions } from "../app/recognize-app.ts";
import type { BunServer } from "../serve/adapt-fetch.ts";
import { type Binding, openBinding, type Serve } from "../serve/binding.ts";
import { type Address, addressOf, describeAddress, factsOf, isPrivate, portOf } from "./address.ts";
import {
  awaitLikelier,
  awaitListener,
  awaitNamedPort,
  foundNamedPort,
  missNamedPort,
  type NamedPortOptions,
} from "./await-listener.ts";
import { BegunListens } from "./begun-listens.ts";
import { chooseApp, isSamePort, type Ports, standingOf } from "./choose-app.ts";
import { type HeldListener, hold, type Moving, type Open } from "./held.ts";
import type { WhenIdle } from "./idleness.ts";
import { type NodeListens, noteNodeListens } from "./node-listens.ts";
import { OpenServers } from "./open-servers.ts";
import { RawListens, type RawListensOptions } from "./raw-listens.ts";
import { shared, sharePorts } from "./share-ports.ts";

export type CaptureOptions = Pick<RawListensOptions, "threadPort" | "hasCluster"> &
  NamedPortOptions & {
    binding: Binding;
    /** Bun's own Bun.serve. */
    serve: Serve;
    publicAddress: PublicAddress;
    environment: Record<string, string | undefined>;
    /** Patient, and no reason for the process to live on. */
    clock: Clock;
    whenIdle: WhenIdle;
    /** The address is taken or forbidden. Called before the app learns of it. */
    onRefused(thrown: unknown): void;
    /** A further listener came to nothing, and the app does not care. Called before the app learns of it. */
    onFailed(error: GwError): void;
  };

export class ListenCapture {
  readonly #options: CaptureOptions;
  readonly #servers = new OpenServers();
  readonly #begun: BegunListens;
  readonly #nodes: NodeListens;
  readonly #raw: RawListens;
  /** Wherever. */
  #listened = Promise.withResolvers<void>();
  readonly #held: HeldListener[] = [];
  #app: { address: Address; server: BunServer } | undefined;
  #moving: Moving;
  readonly speaksHttp2 = () => this.#options.binding.speaksHttp2();
  readonly saysContinue = () => this.#options.binding.saysContinue();
  /** While the choice waits for what the app does next. */
  #onChosen: (() => void) | undefined;

  /** Replaces Bun.serve and every `listen` for the rest of the process; to be made before the app is imported. */
  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#begun = new BegunListens(options.onFailed);
    this.#nodes = noteNodeListens((server) => {
      this.#begun.watch(server);
      this.#raw.note(server);
    });
    this.#raw = new RawListens({
      ...options,
      publicPort: options.publicAddress.port,
      hidden: () => options.binding.hidden(),
      current: () => this.#nodes.currentRaw(),
    });
    sharePorts(Bun, {
      onListen: () => this.#begun.begin(),
      onOpened: (opened) => this.#raw.opened(opened),
      onRefused: (address, thrown) => this.#begun.fail(address, thrown),
      divert: (address) => this.#raw.divert(address),
    });
    Object.assign(Bun, { serve: (asked: ServeOptions) => this.#open(asked) });
  }

  get hasListener(): boolean {
    this.#forgetClosed();
    return this.#app !== undefined || this.#candidates.length > 0;
  }

  /** There is nothing that another machine could reach: what the app exports is more likely to be meant. */
  get isPrivate(): boolean {
    return this.#app === undefined && this.#candidates.every(({ address }) => isPrivate(address));
  }

  /** The port of the app, where it is on one. */
  get port(): number | undefined {
    return this.#app?.server.port;
  }

  /** Requests being answered, on all listeners of the app. */
  get active(): number {
    return this.#servers.active;
  }

  stopAccepting(): void {
    this.#servers.stop();
  }

  /** No listener keeps the process from ending any more. */
  letGo(): void {
    this.#servers.letGo();
  }

  /** The error by which gw tells one that the app let through. */
  named(thrown: unknown): GwError | undefined {
    return this.#begun.named(thrown);
  }

  /**
   * To be called when the app has been loaded: waits for a listener, makes the choice, and waits until all that was begun
   * is open. Returns without a listener when the process has nothing left to do. Rejects when there are listeners, and
   * none that gw could serve.
   */
  async settle(idle: Promise<void>): Promise<void> {
    do {
      await this.#awaitListener(idle);
      if (!this.hasListener) return missNamedPort(this.#options);
      foundNamedPort(this.#options);
      if (!this.#app) await this.#choose();
      if (!this.#app) missNamedPort(this.#options);
      await this.#begun.settle();
    } while (!this.hasListener);
    const inTheWay = this.#raw.inTheWay();
    if (inTheWay) throw inTheWay;
    this.#begun.endStart();
  }

  #awaitListener(idle: Promise<void>): Promise<void> {
    const next = () => {
      this.#listened = Promise.withResolvers<void>();
      return this.#listened.promise;
    };
    const { clock } = this.#options;
    const look = (seconds: number) => this.#look(seconds);
    if (!this.hasListener) awaitNamedPort(this.#options, 0);
    return awaitListener({ isThere: () => this.hasListener, next, idle, clock, look });
  }

  #look(seconds: number): void {
    awaitNamedPort(this.#options, seconds);
    const meant = this.#raw.meant(seconds);
    if (meant) throw meant;
  }

  /** Now, if it can be told; else when the app has nothing left to do, or for long has not opened a likelier one. */
  #choose(): Promise<void> {
    for (const held of this.#held) held.keepAlive(false);
    const wait = awaitLikelier(this.#options, () => {
      this.#onChosen = undefined;
      for (const held of this.#candidates) held.keepAlive(true);
      this.#decide();
      return this.hasListener;
    });
    this.#onChosen = wait.end;
    return wait.ended;
  }

  #decide(): void {
    if (this.#app) return;
    const choice = chooseApp(this.#candidates.map(({ address }) => address));
    if (choice === "none") return;
    if ("tie" in choice) {
      const [first, second] = choice.tie.map(describeAddress) as [string, string];
      throw new GwError("app_listens_twice", { first, second });
    }
    const chosen = this.#held.find(({ address }) => address === choice.app) as HeldListener;
    const { binding } = this.#options;
    const { address } = chosen;
    const server = this.#move(chosen, (listening) => this.#take(address, () => binding.open(listening)));
    if (server) this.#app = { address, server };
  }

  #open(asked: ServeOptions): BunServer {
    const node = this.#nodes.current();
    const listening = { asked, node: node?.server };
    if (this.#moving && node?.server === this.#moving.server) return this.#add(this.#moving.open(listening));
    const { binding, environment } = this.#options;
    const address = addressOf(asked, environment);
    this.#forgetClosed();
    switch (standingOf(address, this.#app?.address, this.#ports)) {
      case "app":
        return this.#add(this.#take(address, () => binding.open(listening)));
      case "late":
        this.#tellLate(address);
        return this.#add(binding.openTwin(listening));
      case "twin":
        return this.#add(binding.openTwin(listening));
      case "held":
        return this.#hold(asked, address);
      case "other":
        this.#begun.begin();
        return this.#add(this.#openThere(address, asked));
    }
  }

  /** Opens the binding, and then every other listener that was held where it asked to be. */
  #take(address: Address, open: () => BunServer): BunServer {
    const server = openBinding(open, this.#options.onRefused);
    this.#app = { address, server };
    this.#listened.resolve();
    for (const held of this.#candidates) if (held.address !== address) this.#release(held);
    this.#onChosen?.();
    return server;
  }

  #hold(asked: ServeOptions, address: Address): BunServer {
    const { binding, serve } = this.#options;
    this.#begun.begin();
    // A free port of loopback is asked for by what nobody else is to find; the program wants to know its number.
    const isHarmless = address.port === 0 && address.unix === undefined && isPrivate(address);
    const held = hold(
      {
        asked,
        address,
        node: this.#nodes.current(),
        nodes: this.#nodes,
        serve,
        hidden: isHarmless ? undefined : binding.hidden(),
        shown: () => this.#shownFor(address),
      },
      (moving) => (this.#moving = moving),
    );
    if (this.#onChosen) held.keepAlive(false);
    this.#held.push(held);
    this.#listened.resolve();
    return this.#nodes.current() ? held.server : this.#add(held.server);
  }

  #release(held: HeldListener): void {
    const { binding } = this.#options;
    const app = this.#app as { address: Address };
    if (isSamePort(held.address, app.address)) this.#move(held, (listening) => binding.openTwin(listening));
    else if (!held.isThere) this.#move(held, ({ asked }) => this.#openThere(held.address, asked));
  }

  #move(held: HeldListener, open: Open): BunServer | undefined {
    this.#held.splice(this.#held.indexOf(held), 1);
    try {
      return held.moveTo(open);
    } catch {
      return undefined; // It has been noted where it was opened, and ends the start.
    }
  }

  #openThere(address: Address, asked: ServeOptions): BunServer {
    const { serve, environment, log } = this.#options;
    try {
      const server = serve(shared(asked, environment));
      log.info("The app listens on a further port; gw leaves it to the app", factsOf(address));
      return server;
    } catch (thrown) {
      this.#begun.fail(address, thrown);
      throw thrown;
    }
  }

  #add(server: BunServer): BunServer {
    this.#servers.add(server);
    return server;
  }

  /** One that is closed again, as by a program that tries whether a port is free, was not the app. */
  #forgetClosed(): void {
    if (this.#app && this.#servers.hasStopped(this.#app.server)) this.#app = undefined;
  }

  get #candidates(): HeldListener[] {
    return this.#held.filter(({ isClosed }) => !isClosed);
  }

  get #ports(): Ports {
    const { publicAddress, appPort, environment } = this.#options;
    return { told: [publicAddress.port, portOf(environment.PORT)], named: appPort };
  }

  /** Where it will be, as far as can be told: gw's own binding for the one that would be chosen now. */
  #shownFor(address: Address): PublicAddress {
    const choice = chooseApp(this.#candidates.map((held) => held.address));
    const isChosen = choice !== "none" && "app" in choice && choice.app === address;
    return isChosen ? this.#options.publicAddress : { host: address.host, port: address.port };
  }

  #tellLate(address: Address): void {
    const text =
      "The app opens its port after gw had taken an earlier listener for it; name the port with --app-port";
    this.#options.log.error(text, factsOf(address));
  }
}
