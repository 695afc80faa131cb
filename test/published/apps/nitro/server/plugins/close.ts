export default defineNitroPlugin((nitro) => {
  nitro.hooks.hook("close", async () => {
    await new Promise((done) => setTimeout(done, 300));
    console.log("closed: the hook of Nitro ran");
  });
});
