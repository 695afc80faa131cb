// Which apps are meant. Pure.

/** Those that are named, by name or by the beginning of one (`nitro` for both); all without names. Throws for others. */
export function select<App extends { name: string }>(apps: readonly App[], names: readonly string[]): App[] {
  const unknown = names.filter((name) => !apps.some((app) => isMeant(app.name, name)));
  if (unknown.length > 0)
    throw new Error(
      `no app is named ${unknown.join(", ")}; there are ${apps.map(({ name }) => name).join(", ")}`,
    );
  return apps.filter((app) => names.length === 0 || names.some((name) => isMeant(app.name, name)));
}

const isMeant = (app: string, name: string) => app.startsWith(name);
