import { expect, test } from "bun:test";
import { flagOf, nearest, optionCalled, spellings, variableOf } from "../../../src/options/declare/names.ts";

test("names: a key becomes a flag and a variable", () => {
  expect([flagOf("queueTimeout"), variableOf("queueTimeout")]).toEqual([
    "--queue-timeout",
    "GW_QUEUE_TIMEOUT",
  ]);
});

test("names: an option is found by each of its names, and by no part of one", () => {
  const words = [
    "--queue-timeout",
    "queue-timeout",
    "queueTimeout",
    "GW_QUEUE_TIMEOUT",
    "threads",
    "THREADS",
  ];
  expect(words.map(optionCalled)).toEqual([...Array(4).fill("queueTimeout"), "concurrency", "concurrency"]);
  expect(["queue", "", "--", "constructor"].map(optionCalled)).toEqual(Array(4).fill(undefined));
});

test("names: an alias leads to its option", () => {
  expect(spellings(flagOf).get("--threads")).toBe("concurrency");
});

test.each([
  ["--prot", "--port"],
  ["--proces", "--processes"],
  ["--queueTimeout", "--queue-timeout"],
  ["--QUEUE_TIMEOUT", "--queue-timeout"],
  ["--thread", "--threads"],
  ["--embeded-mode", "--embedded-mode"],
  ["--log", "--log-level"],
  ["--zebra-crossing", undefined],
  ["--", undefined],
])("names: the nearest to %p is %p", (word, expected) => {
  expect(nearest(word, spellings(flagOf).keys())).toBe(expected);
});

test("names: GW_ is not what makes two variables alike", () => {
  expect(nearest("GW_PROT", spellings(variableOf).keys())).toBe("GW_PORT");
});

test.each([
  ["zz", ["a"], undefined],
  ["nope", ["ü", "n"], undefined],
  ["b", ["a"], undefined],
  ["größe", ["grösse"], "grösse"],
  ["ba", ["ab"], "ab"],
])("names: the nearest to %p among %p is %p", (word, words, expected) => {
  expect(nearest(word, words)).toBe(expected);
});
