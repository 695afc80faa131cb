// Stands for the module "gw" where an app runs without gw, under plain Bun or Node. Written by gw print-module.
"use strict";

const nothing = () => {};

/** The file is sent; gw would send it from its front end. */
exports.sendFile = (path, init) => {
  if (typeof Bun !== "undefined") return new Response(Bun.file(path), init);
  const { createReadStream } = require("node:fs");
  const { Readable } = require("node:stream");
  return new Response(Readable.toWeb(createReadStream(path)), init);
};

/** Nothing ever happens here, so that no listener is called. */
exports.on = () => nothing;

/** Nobody knows of a request what gw knows. */
exports.requestInfo = () => undefined;

/** What is counted is forgotten. */
exports.metrics = Object.freeze({
  counter: () => ({ add: nothing }),
  gauge: () => ({ set: nothing, add: nothing }),
  histogram: () => ({ observe: nothing }),
});
