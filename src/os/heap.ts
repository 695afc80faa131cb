// What JavaScript's objects take in this process. The runtime opens a file to say so: where a process has no descriptor left it
// throws, and a figure that nobody needs just then must not be what ends the process.

/** To be made before any code of an app, which may put something of its own in its place. Undefined: not to be had now. */
export function heapReader(
  memoryUsage: () => { heapUsed: number } = process.memoryUsage.bind(process),
): () => number | undefined {
  return () => {
    try {
      return memoryUsage().heapUsed;
    } catch {
      return undefined;
    }
  };
}
