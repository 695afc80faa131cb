// HTTP/2 over a real UNIX socket, to a worker that sends exactly the frames that the test gives it.
import { overUnixSocket, Sessions } from "../../../src/upstream/h2/sessions.ts";
import type { Stream } from "../../../src/upstream/h2/stream.ts";
import { H2Peer } from "../../support/h2-peer.ts";
import { openingOf, Told } from "../../support/told-exchange.ts";
import { headOf } from "../request-of.ts";

export const LINE_MOST = 1024;

/** `settings`: what the worker says first. */
export function setUp(settings: readonly (readonly [number, number])[] = []) {
  const peer = new H2Peer(settings);
  const large: string[] = [];
  const bugs: unknown[] = [];
  const sessions = new Sessions(overUnixSocket(peer.path), LINE_MOST, {
    onLarge: (target) => large.push(target),
    onBug: (thrown) => bugs.push(thrown),
  });
  return {
    peer,
    bugs,
    sessions,
    large,
    async stream(): Promise<Stream> {
      const there = sessions.take();
      if (there) return there;
      return new Promise((resolve, reject) => sessions.open(openingOf<Stream>(resolve, reject)));
    },
    [Symbol.dispose]() {
      sessions.close();
      peer[Symbol.dispose]();
    },
  };
}

/** Begins a whole request. */
export function ask(stream: Stream, method = "GET"): Told {
  const told = new Told(method);
  stream.begin(told, headOf(method), undefined, true);
  return told;
}
