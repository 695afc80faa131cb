// Answers a request with a file, where its group has files and one stands at its path. What is no file goes on to the app.

import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { Deadlines } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import { reasonPhrase } from "../../http/status.ts";
import type { Sample } from "../../link/figures.ts";
import type { FilesSetup } from "../../link/setups.ts";
import type { Metric } from "../../metrics/table.ts";
import { FileDelivery } from "../files/delivery.ts";
import { preferredForm, SMALL_BYTES, type Stored } from "../files/file-cache.ts";
import { type FileSite, type Found, whenKnown } from "../files/file-site.ts";
import { FileStore } from "../files/file-store.ts";
import { listDirectory, listingPage } from "../files/listing.ts";
import type { Location } from "../files/location.ts";
import { openSite } from "../files/open-site.ts";
import { isNavigation, locateIn, placeBelowMount, withSlash } from "../files/placement.ts";
import { plainlyAccepted, RecentAnswer } from "../files/recent-answers.ts";
import { answerTo, bytesOf, type FileReply } from "../files/reply/answer.ts";
import { validatorsOf } from "../files/reply/version.ts";
import { whyNot } from "../files/root.ts";
import type { ClientPace } from "../visit/client-pace.ts";
import { hasAdditions, withOwn } from "../visit/own-fields.ts";
import { Running } from "../visit/running.ts";
import { ANSWERED, type Visit } from "../visit/visit.ts";

/**
 * How often a file that changes while it is opened is opened anew. Each time takes microseconds; of 20,000 requests beside somebody who
 * exchanged it without a pause one or two met three changes in a row.
 */
const TRIES_MOST = 10;
const METHODS = "GET, HEAD, OPTIONS";

const count = (metric: Metric, labels: string[], value: number): Sample => ({ metric, labels, value });

export type FilesOptions = {
  clock: Clock;
  date: () => string;
  groups: readonly { name: string; files: FilesSetup; silence: Deadlines; pace: ClientPace }[];
};

type StoredFile = Extract<Found, { kind: "file" }>;
type Sending = Extract<FileReply, { kind: "send" }>;
/** A request for a file of a group, while it is answered. */
type FileWish = {
  visit: Visit;
  site: FileSite;
  silence: Deadlines;
  pace: ClientPace;
  location: Location;
  /** It is for a page, and there is something to show where there is none. */
  navigates: boolean;
  tries: number;
};

export class Files {
  readonly #options: FilesOptions;
  readonly #store: FileStore;
  readonly #sites = new Map<string, { site: FileSite; silence: Deadlines; pace: ClientPace }>();
  readonly #running = new Running<FileDelivery>();

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#store = new FileStore(options.clock);
  }

  /** As whoever reads the files. Throws a GwError that names the directory or the file of types that cannot be used. */
  open(): void {
    for (const { name, files, silence, pace } of this.#options.groups) {
      const site = openSite(files, this.#store);
      this.#sites.set(name, { site, silence, pace });
    }
  }

  /** All that was counted since the start. */
  get figures(): Sample[] {
    const { lookups, size } = this.#store.cache;
    return [
      ...Object.entries(lookups).map(([result, value]) => count("gw_file_lookups_total", [result], value)),
      count("gw_file_cache_bytes", [], size.bytes),
    ];
  }

  /** The stage. */
  serve(visit: Visit): Promise<void> | undefined {
    const of = this.#sites.get(visit.group);
    // A WebSocket is nothing that a file could answer; where nobody else could, it is a request like others (RFC 9110 section 7.8).
    if (!of || (visit.client.wantsWebSocket && !of.site.nothing.isOurs)) return undefined;
    const navigates = of.site.hasFallback && isNavigation(visit);
    if (this.#answerAgain(visit, of.site, navigates)) return undefined;
    const location = placeBelowMount(visit);
    if (!location) return void passOn(of.site.nothing);
    const wish = { visit, ...of, location, navigates, tries: 0 };
    const answered = this.#find(wish);
    return answered instanceof Promise ? answered : undefined;
  }

  /** What was found out a moment ago. True: nothing more is to be done here. */
  #answerAgain(visit: Visit, site: FileSite, navigates: boolean): boolean {
    const { client, path, mount } = visit;
    if (mount !== "/") return false;
    const now = this.#options.clock.now();
    if (site.recent.isMiss(path, now)) {
      noteMiss(visit, site);
      return !navigates;
    }
    const known = client.method === "GET" ? site.recent.answerFor(path, visit.fields, now) : undefined;
    if (!known) return false;
    const fields = known.fieldsAt(this.#options.date());
    sendDated(visit, 200, hasAdditions(visit) ? withOwn(fields, visit) : fields, known.body);
    return true;
  }

  #find(wish: FileWish): void | Promise<void> {
    return whenKnown(this.#look(wish), (found) => {
      if (!wish.visit.isOver) return this.#answer(wish, found);
    });
  }

  #look({ site, location, navigates }: FileWish): Found | Promise<Found> {
    const found = site.find(location, navigates);
    return found instanceof Promise ? found.catch(refuseFor) : found;
  }

  #answer(wish: FileWish, found: Found): void | Promise<void> {
    const { visit, location } = wish;
    if (found.kind === "nothing") return this.#passOn(wish, found);
    if (found.kind === "refused") throw new GwError("file_forbidden", {}, found.why);
    const { client } = visit;
    if (client.method === "OPTIONS") return this.#end(visit, 204, ["Allow", METHODS]);
    if (client.method !== "GET" && client.method !== "HEAD")
      return refuse(visit, "method_not_allowed", ["Allow", METHODS]);
    if (found.kind === "needs slash")
      return visit.end({ kind: "redirected", location: withSlash(visit, location) });
    if (found.kind === "listing") return this.#sendListing(wish, found);
    return this.#sendFile(wish, found);
  }

  #passOn({ visit, site }: FileWish, found: Extract<Found, { kind: "nothing" }>): void {
    if (!found.isOurs && visit.mount === "/") site.recent.keepMiss(visit.path, this.#options.clock.now());
    noteMiss(visit, site);
    passOn(found);
  }

  // ---- a file ---------------------------------------------------------------------------------------------

  #sendFile(wish: FileWish, entry: StoredFile): void | Promise<void> {
    const { visit } = wish;
    if (entry.isFallback) noteMiss(visit, wish.site);
    const stored = preferredForm(entry, visit.fields);
    const answer = answerTo(this.#askedBy(visit), this.#representation(wish, entry, stored));
    switch (answer.kind) {
      case "refused":
        return refuse(visit, answer.cause, answer.fields);
      case "bodiless":
        return this.#end(visit, answer.status, answer.fields, answer.length);
      case "send":
        if (stored.version.size > SMALL_BYTES) return this.#deliver(wish, entry, stored, answer);
        if (stored.content) return this.#sendSmall(wish, entry, answer, stored.content);
        return this.#loadAndSend(wish, entry, stored, answer);
    }
  }

  #askedBy({ client, fields }: Visit) {
    const nowMs = this.#options.clock.wall();
    return { method: client.method, fields, nowMs, boundary: () => randomUUID().replaceAll("-", "") };
  }

  #representation({ site, location }: FileWish, entry: StoredFile, { version, coding }: Stored) {
    const name = entry.plain.names.at(-1) ?? "";
    const hasOtherName = location.isDirectory || entry.isFallback;
    return {
      ...validatorsOf(version, coding),
      size: version.size,
      contentType: site.typeOf(name),
      coding,
      varies: entry.compressed.length > 0 ? ["Accept-Encoding"] : [],
      cacheControl: site.cachingOf(hasOtherName ? `/${name}` : `/${location.segments.join("/")}`),
    };
  }

  #sendSmall({ visit, site }: FileWish, entry: StoredFile, answer: Sending, body: Uint8Array): void {
    const accepted = plainlyAccepted(visit.fields);
    const isPlain = visit.mount === "/" && !entry.isFallback && accepted !== undefined;
    if (answer.status === 200 && isPlain) {
      const form = entry.compressed.length > 0 ? accepted : undefined;
      site.recent.keep(visit.path, new RecentAnswer([...answer.fields], body, form), entry.seenAt);
    }
    this.#sendWhole(visit, answer, body);
  }

  #sendWhole(visit: Visit, { status, fields, parts }: Sending, content: Uint8Array): void {
    const body =
      parts.length === 1
        ? bytesOf(parts[0], content)
        : Buffer.concat(parts.map((one) => bytesOf(one, content)));
    this.#endWith(visit, status, fields, body);
  }

  async #loadAndSend(wish: FileWish, { root }: StoredFile, stored: Stored, answer: Sending): Promise<void> {
    const content = await this.#store.load(root, stored).catch(refuseFor);
    if (wish.visit.isOver) return;
    if (content) this.#sendWhole(wish.visit, answer, content);
    else await this.#again(wish, stored);
  }

  async #deliver(wish: FileWish, { root }: StoredFile, stored: Stored, answer: Sending): Promise<void> {
    const { visit, silence, pace, site } = wish;
    const file = await this.#store.open(root, stored).catch(refuseFor);
    if (!file) return visit.isOver ? undefined : this.#again(wish, stored);
    if (visit.isOver) return file.acquire().release();
    const { status, length, parts } = answer;
    const fields = this.#complete(visit, status, answer.fields);
    const whole = { status, reason: reasonPhrase(status), fields, length, parts };
    const how = { usesKernel: site.sendsByKernel, silence, pace, all: this.#running };
    await new Promise<void>((onLeft) =>
      visit.handTo(new FileDelivery(visit, whole, file, { ...how, onLeft })),
    );
  }

  /** It was exchanged since it was looked at. */
  async #again(wish: FileWish, { names }: Stored): Promise<void> {
    if (wish.tries + 1 >= TRIES_MOST) throw new GwError("file_failed", {}, "it changes all the time");
    wish.site.forget(names);
    await this.#find({ ...wish, tries: wish.tries + 1 });
  }

  // ---- a directory ----------------------------------------------------------------------------------------

  async #sendListing(wish: FileWish, { root, names }: Extract<Found, { kind: "listing" }>): Promise<void> {
    const { visit, location } = wish;
    const listed = await listDirectory(root, names).catch(refuseFor);
    if (visit.isOver) return;
    if (!listed) throw new GwError("file_forbidden", {}, "the directory cannot be read");
    const path = `${locateIn(visit.mount)}${location.segments.map((one) => `/${one}`).join("")}/`;
    const page = Buffer.from(listingPage(path, listed, location.segments.length > 0));
    const fields = ["Content-Type", "text/html; charset=utf-8", "Cache-Control", "no-cache"];
    if (visit.client.method === "HEAD") return this.#end(visit, 200, fields, page.length);
    this.#endWith(visit, 200, fields, page);
  }

  // ---- the end --------------------------------------------------------------------------------------------

  #end(visit: Visit, status: number, fields: string[], length?: number): void {
    visit.client.answerBodiless(status, reasonPhrase(status), this.#complete(visit, status, fields), length);
    visit.end(ANSWERED);
  }

  #endWith(visit: Visit, status: number, fields: string[], body: Uint8Array): void {
    sendDated(visit, status, this.#complete(visit, status, fields), body);
  }

  /** With what each answer has. */
  #complete(visit: Visit, status: number, given: string[]): string[] {
    const fields = hasAdditions(visit) ? withOwn(given, visit) : given;
    fields.push("Date", this.#options.date());
    visit.status = status;
    visit.answerFields = fields;
    return fields;
  }

  /** Ends all that is being sent with this cause. */
  abandon(cause: Cause): void {
    for (const { visit } of this.#running) visit.refuse(new GwError(cause));
  }
}

function sendDated(visit: Visit, status: number, fields: readonly string[], body: Uint8Array): void {
  visit.status = status;
  visit.answerFields = fields;
  visit.client.answer(status, reasonPhrase(status), fields, body);
  visit.sentBytes = body.length;
  visit.end(ANSWERED);
}

/** For whoever goes to a page there is one. */
function noteMiss(visit: Visit, { hasFallback }: FileSite): void {
  const { method } = visit.client;
  if (hasFallback && (method === "GET" || method === "HEAD")) visit.varies = "Accept";
}

/** Nothing is there: for somebody else, or for nobody. */
function passOn({ isOurs }: { isOurs: boolean }): void {
  if (isOurs) throw new GwError("file_not_found");
}

function refuse(visit: Visit, cause: Cause, fields: readonly string[]): never {
  visit.refusalFields = fields;
  throw new GwError(cause);
}

function refuseFor(thrown: unknown): never {
  throw thrown instanceof GwError ? thrown : new GwError("file_failed", {}, whyNot(thrown));
}
