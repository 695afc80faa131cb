// What a version of Landlock lacks of what is asked for, and what it holds, in words.
import { expect, test } from "bun:test";
import { describeRights, missingRights } from "../../../src/os/linux/confinement.ts";

const PORTS = { connectPorts: [443] };

test.each([
  [0, {}, ["files", "truncating"], ""],
  [0, PORTS, ["files", "truncating", "ports"], ""],
  [1, {}, ["truncating"], "files"],
  [3, {}, [], "files"],
  [3, PORTS, ["ports"], "files"],
  [4, PORTS, [], "files, TCP ports"],
  [4, { listenPorts: [] }, [], "files, TCP ports"],
  [6, {}, [], "files, signals, abstract sockets"],
  [7, PORTS, [], "files, TCP ports, signals, abstract sockets"],
] as const)(
  "confinement: version %i of Landlock with %j lacks %j, and holds %j",
  (version, lists, lacks, holds) => {
    expect(missingRights(version, lists)).toEqual([...lacks]);
    expect(describeRights(version, lists)).toBe(holds);
  },
);
