// Those who look at the page, kept up to date: every two seconds the supervisor is asked once, whatever their number, and each of
// them gets the sections that have changed for what he looks at. Without anybody nothing is asked.

import type { Picture } from "../../control/picture.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { View } from "./parts/view.ts";
import { renderSections } from "./sections.ts";

const EACH_MS = 2_000;
/** After that much that a viewer has not taken he gets nothing more until he has. */
const UNTAKEN_BYTES = 4 * 2 ** 20;
/** Each open page has one stream. */
const MOST_VIEWERS = 100;
/** A browser comes back after that time by itself. */
const AGAIN_MS = 1_000;

type Viewer = {
  view: View;
  controller: ReadableStreamDefaultController<Uint8Array>;
  /** What he was shown last, by section. */
  shown: Map<string, string>;
  /** Which generation served when he came. */
  generation: number;
};

export type StreamOptions = { clock: Clock; ask: () => Promise<Picture | undefined> };

export class PageStream {
  readonly #options: StreamOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #encoder = new TextEncoder();
  #timer: Timer | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#viewers.size >= MOST_VIEWERS;
  }

  /** The body of an answer, as server-sent events. `generation`: the one that serves just now. */
  open(view: View, generation: number): ReadableStream<Uint8Array> {
    let viewer: Viewer | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = { view, controller, shown: new Map(), generation };
          this.#viewers.add(viewer);
          controller.enqueue(this.#encoder.encode(`retry: ${AGAIN_MS}\n\n`));
          this.#timer ??= this.#options.clock.after(0, () => void this.#turn());
        },
        cancel: () => {
          if (viewer) this.#viewers.delete(viewer);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: UNTAKEN_BYTES }),
    );
  }

  async #turn(): Promise<void> {
    const picture = await this.#options.ask();
    const events = new Map<string, [string, string][]>();
    for (const viewer of this.#viewers) if (picture) this.#show(viewer, picture, events);
    this.#timer =
      this.#viewers.size > 0 ? this.#options.clock.after(EACH_MS, () => void this.#turn()) : undefined;
  }

  /** `rendered`: what was made for others in this turn, by what they look at. */
  #show(viewer: Viewer, picture: Picture, rendered: Map<string, [string, string][]>): void {
    const { controller, view, shown } = viewer;
    if ((controller.desiredSize ?? 0) <= 0) return;
    const key = JSON.stringify(view);
    const sections =
      rendered.get(key) ?? renderSections(picture, view).map(({ id, content }) => [id, content.text]);
    rendered.set(key, sections as [string, string][]);
    const changed = (sections as [string, string][]).filter(([id, text]) => shown.get(id) !== text);
    for (const [id, text] of changed) shown.set(id, text);
    const data = JSON.stringify(Object.fromEntries(changed));
    controller.enqueue(this.#encoder.encode(`event: sections\ndata: ${data}\n\n`));
    if (isOver(viewer, picture)) this.#end(viewer);
  }

  /** A front end that is to leave would wait for him; his browser comes back through the next one. */
  #end(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    viewer.controller.close();
  }
}

function isOver({ generation }: Viewer, { status }: Picture): boolean {
  return status.state === "stopping" || generation !== status.generation;
}
