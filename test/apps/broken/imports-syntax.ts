import "./syntax.ts";

export default { fetch: () => new Response("never") };
