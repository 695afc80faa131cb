// Version 1 of the PROXY protocol: one line of text. Pure.

import { isIPv4, isIPv6 } from "node:net";
import { plainAddress } from "../../core/addresses.ts";
import { type Preface, type ProxiedEnd, wrong } from "./preface.ts";

/** The longest line that the protocol knows, its end included. */
const LINE_BYTES = 107;
const CR = 13;
const LF = 10;
const PORT = /^(?:0|[1-9]\d{0,4})$/;
const FAMILIES: Readonly<Record<string, (address: string) => boolean>> = { TCP4: isIPv4, TCP6: isIPv6 };

export function readVersion1(bytes: Uint8Array): Preface {
  const end = bytes.subarray(0, LINE_BYTES).indexOf(LF);
  if (end < 0)
    return bytes.length < LINE_BYTES
      ? { state: "short", most: LINE_BYTES }
      : wrong(`the line of the preface has more than ${LINE_BYTES} bytes`);
  if (bytes[end - 1] !== CR) return wrong("the line of the preface ends in LF alone");
  const words = Buffer.from(bytes.buffer, bytes.byteOffset, end - 1)
    .toString("latin1")
    .split(" ");
  const whole = { state: "whole", bytes: end + 1 } as const;
  // What follows that word means nothing.
  if (words[1] === "UNKNOWN") return whole;
  const client = readEnds(words);
  return client ? { ...whole, client } : wrong("the line of the preface names no two ends of a connection");
}

function readEnds(words: readonly string[]): { source: ProxiedEnd; destination: ProxiedEnd } | undefined {
  const [, family = "", from = "", to = "", fromPort = "", toPort = ""] = words;
  const isAddress = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  if (words.length !== 6 || !isAddress?.(from) || !isAddress(to)) return undefined;
  // An interface of the proxy's machine means nothing here.
  if (from.includes("%") || to.includes("%")) return undefined;
  const [source, destination] = [readEnd(from, fromPort), readEnd(to, toPort)];
  return source && destination && { source, destination };
}

function readEnd(address: string, port: string): ProxiedEnd | undefined {
  if (!PORT.test(port) || Number(port) > 65_535) return undefined;
  return { address: plainAddress(address), port: Number(port) };
}
