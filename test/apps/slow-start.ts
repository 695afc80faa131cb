await new Promise((resolve) => setTimeout(resolve, 50));
export default { fetch: () => new Response("top-level await is over") };
