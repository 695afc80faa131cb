function readSettings(): never {
  throw new TypeError("no settings for you");
}

readSettings();

export default { fetch: () => new Response("never") };
