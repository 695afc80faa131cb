setInterval(() => {}, 1000);
process.once("SIGTERM", () => {
  console.log("leaving");
  process.exit(0);
});
