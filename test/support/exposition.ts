// Reads the text format of Prometheus, by its rules and without a word of how gw writes it; what breaks one of them throws.

export type Series = { name: string; labels: Readonly<Record<string, string>>; value: number };

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

export function readExposition(text: string): Series[] {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const types = new Map<string, string>();
  const found: Series[] = [];
  for (const line of text.slice(0, -1).split("\n")) {
    const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (types.has(name)) throw new Error(`${name} is there twice`);
    if (name) types.set(name, type);
    else if (!/^# HELP \S+ .+$/.test(line)) found.push(seriesOf(line, types));
  }
  const keys = found.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).toSorted()]));
  if (new Set(keys).size !== keys.length) throw new Error("a series is there twice");
  return found;
}

function seriesOf(line: string, types: ReadonlyMap<string, string>): Series {
  const [whole, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  const family = name.replace(/_(?:bucket|sum|count)$/, "");
  const isKnown = types.has(name) || types.get(family) === "histogram";
  if (!whole || !isKnown || Number.isNaN(Number(value))) throw new Error(`a line that is none: ${line}`);
  return { name, labels: labelsOf(labels), value: Number(value) };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const [, name, value = ""] = LABEL.exec(text) ?? [];
    if (name === undefined) throw new Error(`labels that are none: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}
