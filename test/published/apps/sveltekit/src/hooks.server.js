process.on("sveltekit:shutdown", async () => {
  await new Promise((done) => setTimeout(done, 300));
  console.log("closed: the hook of SvelteKit ran");
});

export async function handle({ event, resolve }) {
  const response = await resolve(event);
  response.headers.set("x-handled", event.url.pathname);
  return response;
}
