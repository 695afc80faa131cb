setInterval(() => {}, 1000);
process.on("SIGTERM", () => console.log("no"));
