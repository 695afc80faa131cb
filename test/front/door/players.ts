// What the contract of doors needs from each door: a door on a real socket, and a client that speaks its protocol. Both show
// what happens in words that every version of HTTP has.
import type { GwError } from "../../../src/core/errors.ts";
import type { Client } from "../../../src/front/door/client.ts";
import type { Door, DoorListener, Refusal, RefusalAnswer } from "../../../src/front/door/door.ts";
import { Watch } from "../../support/watch.ts";

export type Asked = {
  method?: string;
  target?: string;
  /** Flat [name, value …], beside the host. */
  fields?: readonly string[];
  /** The whole body, or how long the one is that is sent later; "unknown" where the client does not say. */
  body?: string | number | "unknown";
  /** Asks to go on as a WebSocket. */
  webSocket?: boolean;
  /** Bytes of a tunnel that are sent at once with the request for it. */
  early?: string;
};

export type Got = {
  status: number;
  /** Values of the field, in order. */
  values: (name: string) => string[];
  body: string;
  /** `name: value` behind the body. */
  trailers: readonly string[];
  /** False where it was broken off, and the client can tell. */
  isWhole: boolean;
  /** The client was told that nothing may follow. */
  isLast: boolean;
  /** Statuses of what was said before it. */
  interim: readonly number[];
};

/** A client of the door's protocol. */
export interface Player extends Disposable {
  readonly port: number;
  ask(request?: Asked): Promise<void>;
  /** More of the body of the last request. */
  sendBody(piece: string): Promise<void>;
  endBody(): Promise<void>;
  /** Something that can stand in no body, in one of unknown length. */
  breakBody(): Promise<void>;
  /** Something that is no request. */
  sendJunk(): Promise<void>;
  /** The answer to the request with this number, from 0, as soon as it is whole. */
  answer(index?: number): Promise<Got>;
  /** Waits until this text, of an answer or a tunnel, has come. */
  until(text: string): Promise<void>;
  /** Waits for something said before the answer. */
  untilInterim(status: number): Promise<void>;
  /** Waits until the door has ended the connection; the answer to the last request, where one began. */
  untilEnded(): Promise<Got | undefined>;
  readonly isEnded: boolean;
  /** Bytes of a tunnel. */
  sendRaw(bytes: string): Promise<void>;
  stopReading(): void;
  goOnReading(): void;
  /** Without a word. */
  leave(): void;
  /** Sends no more, as whoever closes. */
  endSide(): void;
}

export type OpenedDoor = {
  door: Door;
  /** Requests of one connection have nothing to do with each other: what one does wrong is no matter of the others. */
  isMultiplexed?: boolean;
  connect(): Promise<Player>;
  [Symbol.dispose](): void;
};

export type OpenDoor = (listener: DoorListener) => Promise<OpenedDoor>;

/** Writes down what comes in at a door. */
export class Arrivals implements DoorListener {
  readonly clients: Client[] = [];
  readonly refusals: Refusal[] = [];
  readonly bugs: unknown[] = [];
  readonly watch = new Watch();
  /** Done with each one where it arrives. */
  onEach: (client: Client) => void = () => {};
  refusalAnswer: RefusalAnswer | undefined;

  onClient(client: Client): void {
    this.clients.push(client);
    this.watch.tell();
    this.onEach(client);
  }

  onRefusal(refusal: Refusal): RefusalAnswer | undefined {
    this.refusals.push(refusal);
    this.watch.tell();
    return this.refusalAnswer;
  }

  onBug(thrown: unknown): void {
    this.bugs.push(thrown);
    this.watch.tell();
  }

  /** The request with this number, from 0. */
  client(index = 0): Promise<Client> {
    return this.watch.until(
      () => this.clients[index],
      () => `request ${index}`,
    );
  }
}

/** Writes down what a client does while it is answered, and what it sends. */
export class Heard {
  body = "";
  bodyEnds = 0;
  gone = 0;
  writable = 0;
  readonly broken: string[] = [];
  readonly watch = new Watch();
  /** Done with each piece of the body. */
  onEach: () => void = () => {};

  constructor(client: Client, { receives = true } = {}) {
    client.listener = this;
    if (receives) client.receiveBody(this);
  }

  onGone(): void {
    this.gone++;
    this.watch.tell();
  }

  onBroken({ message }: GwError): void {
    this.broken.push(message);
    this.watch.tell();
  }

  onWritable(): void {
    this.writable++;
    this.watch.tell();
  }

  onPiece(piece: Uint8Array): void {
    this.body += Buffer.from(piece).toString("latin1");
    this.onEach();
    this.watch.tell();
  }

  onBodyEnd(): void {
    this.bodyEnds++;
    this.watch.tell();
  }

  until(isMet: () => boolean, what: string): Promise<true> {
    return this.watch.until(
      () => isMet(),
      () => what,
    );
  }
}
