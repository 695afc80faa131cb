// The rule by which an export is told to be a fetch app, a function, a node handler, or nothing.
import { describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import { Elysia } from "elysia";
import express from "express";
import fastify from "fastify";
import { H3 } from "h3";
import { Hono } from "hono";
import Koa from "koa";
import { recognizeApp } from "../../../src/worker/app/recognize-app.ts";

// Handlers are written as text where the names of parameters matter, since a compiler may rename them.
const source = (text: string): unknown => new Function(`return (${text})`)();

const VALUES: [what: string, value: unknown, kind: string | undefined][] = [
  ["an object with fetch", { fetch: () => new Response() }, "fetch"],
  ["an object with routes alone", { routes: { "/": new Response() } }, "fetch"],
  ["a Hono app", new Hono(), "fetch"],
  ["an Elysia app", new Elysia(), "fetch"],
  ["an H3 app", new H3(), "fetch"],
  ["a function with a fetch of its own", Object.assign(() => {}, { fetch: () => new Response() }), "fetch"],
  ["an Express app", express(), "node handler"],
  ["an Express router", express.Router(), "node handler"],
  ["a Koa app", new Koa(), "node handler"],
  ["Koa's callback", new Koa().callback(), "node handler"],
  ["a Fastify app", fastify(), "node handler"],
  ["a node server", createServer(), "listening program"],
  ["nothing", undefined, undefined],
  ["null", null, undefined],
  ["a number", 5, undefined],
  ["text", "app", undefined],
  ["an object of settings", { port: 3000, routes: "all" }, undefined],
  ["a class", class App {}, undefined],
  ["a Map", new Map(), undefined],
];

const FUNCTIONS: [text: string, kind: "function" | "node handler"][] = [
  ["() => new Response()", "function"],
  ["(request) => new Response()", "function"],
  ["(req) => new Response()", "function"],
  ["(request, server) => new Response()", "function"],
  ["(req, env, ctx) => new Response()", "function"],
  ["async function handle(request, info) { return new Response() }", "function"],
  ["({ url }, { port }) => new Response(url)", "function"],
  ["(...all) => new Response()", "function"],
  ["(a, b) => new Response(b.requestIP(a).address)", "function"],
  ["(a, b) => new Response(stream.end(b))", "function"],
  ["(req, res) => {}", "node handler"],
  ["async (req, res) => {}", "node handler"],
  ["function (req, res) {}", "node handler"],
  ["async function handler(_req, _res) {}", "node handler"],
  ["function named(request, response, next) {}", "node handler"],
  ["(request, reply) => {}", "node handler"],
  ["(e,t)=>{t.writeHead(200);t.end()}", "node handler"],
  ["function(a, $b) { $b . setHeader('x', 'y'); }", "node handler"],
  ["((req, res) => {}).bind(null)", "node handler"],
];

describe("recognize", () => {
  test.each(VALUES)("recognize: %s", (_what, value, kind) => {
    expect(recognizeApp(value)?.kind as string | undefined).toBe(kind);
  });

  test.each(FUNCTIONS)("recognize: %s is a %s", (text, kind) => {
    expect(recognizeApp(source(text))?.kind).toBe(kind);
  });

  test("recognize: a plain object keeps its options, an instance passes only what Bun means by them", () => {
    const websocket = { message() {} };
    const plain = recognizeApp({ fetch: () => new Response(), websocket, maxRequestBodySize: 5 });
    expect(plain).toMatchObject({ options: { websocket, maxRequestBodySize: 5 } });
    const hono = recognizeApp(new Hono().get("/", (c) => c.text("x")));
    expect(hono?.kind === "fetch" && Object.keys(hono.options)).toEqual(["fetch"]);
  });

  test("recognize: fetch is called on its object", async () => {
    const app = {
      word: "mine",
      fetch() {
        return new Response(this.word);
      },
    };
    const found = recognizeApp(app);
    const fetch = found?.kind === "fetch" ? (found.options.fetch as () => Response) : undefined;
    expect(await fetch?.().text()).toBe("mine");
  });
});
