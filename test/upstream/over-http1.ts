// HTTP/1.1 connections over a real UNIX socket, to a worker that does exactly what the test says.
import type { Connection } from "../../src/upstream/connection.ts";
import { ConnectionPool } from "../../src/upstream/connection-pool.ts";
import { type ScriptedOptions, ScriptedWorker } from "../support/scripted-worker.ts";
import { openingOf, Told } from "../support/told-exchange.ts";
import { headOf } from "./request-of.ts";

export const LINE_MOST = 1024;
export const OK = "HTTP/1.1 200 OK\r\n";

export function setUp(options: ScriptedOptions = {}) {
  const worker = new ScriptedWorker(options);
  const bugs: unknown[] = [];
  const pool = new ConnectionPool(worker.path, LINE_MOST, (thrown) => bugs.push(thrown));
  return {
    bugs,
    worker,
    pool,
    [Symbol.dispose]() {
      pool.close();
      worker[Symbol.dispose]();
    },
  };
}

export const connect = (pool: ConnectionPool): Promise<Connection> =>
  new Promise((resolve, reject) => pool.open(openingOf<Connection>(resolve, reject)));

/** Sends a whole request and returns what is told of it. */
export function ask(connection: Connection, method = "GET"): Told {
  const told = new Told(method);
  connection.begin(told, headOf(method), undefined, true);
  return told;
}
