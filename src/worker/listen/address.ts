// Where a listener of the app asked to be, whichever way it said so.

import type { Environment } from "../../core/environment.ts";
import type { ServeOptions } from "../app/recognize-app.ts";

export type Address = {
  /** 0 for any free one, and for a socket. */
  port: number;
  /** Empty for every address of the machine. */
  host: string;
  unix: string | undefined;
};

/** Bun.serve's own rule for options without a port. */
const DEFAULT_PORT = 3000;
const PORT_VARIABLES = ["BUN_PORT", "PORT", "NODE_PORT"];

/** As Bun.serve reads its options. */
export function addressOf({ port, hostname, unix }: ServeOptions, environment: Environment): Address {
  if (unix) return { port: 0, host: "", unix: String(unix) };
  const asked = port ?? PORT_VARIABLES.map((name) => environment[name]).find(Boolean) ?? DEFAULT_PORT;
  return { port: portOf(asked), host: hostname ? String(hostname) : "", unix: undefined };
}

/** 0 for what is no port. */
export function portOf(value: unknown): number {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

/** Nobody on another machine could reach it. */
export function isPrivate({ host, unix }: Address): boolean {
  return unix !== undefined || /^\[?(?:localhost|127\.[\d.]+|::1|(?:::ffff:)127\.[\d.]+)\]?$/i.test(host);
}

/** In words, for people. */
export function describeAddress({ port, host, unix }: Address): string {
  if (unix !== undefined) return `the socket ${unix}`;
  const where = port === 0 ? "any free port" : `port ${port}`;
  return host === "" ? where : `${where} of ${host}`;
}

/** The same for a line of the log. */
export function factsOf({ port, host, unix }: Address): Record<string, string | number> {
  return unix === undefined ? { port, ...(host !== "" && { host }) } : { socket: unix };
}
