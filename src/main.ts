// Entry of all three roles. The hidden first word decides, before the CLI is loaded; each role carries only its own code.

const role = process.argv[2];

if (role === "__worker") {
  const { runWorker } = await import("./worker/main.ts");
  await runWorker();
} else if (role === "__front") {
  const { runFront } = await import("./front/main.ts");
  await runFront();
} else {
  const { runCli } = await import("./cli/root.ts");
  await runCli(process.argv.slice(2));
}

export {};
