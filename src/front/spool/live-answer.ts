// Which answers of unknown length an app sends as fast as they are taken, and which over time: a live one, for example of events or of
// what is said as it comes to mind, is nothing that may grow old on a disk while its app does not notice. Pure.

/** Bodies that have no end, whatever their pace. */
const LIVE_TYPES = /^(?:text\/event-stream|multipart\/x-mixed-replace)\b/i;

/** Who sends at least so much in a millisecond in which nobody else is waited for has all of it at hand; and what he may take to begin with. */
const BYTES_EACH_MS = 1_000;
const BEGINNING_MS = 1_000;

/** `bytes` have come in `awaitedMs` in which the app was waited for, from the head of its answer on. */
export function isLive(contentType: string | undefined, bytes: number, awaitedMs: number): boolean {
  if (contentType !== undefined && LIVE_TYPES.test(contentType)) return true;
  return awaitedMs - BEGINNING_MS > bytes / BYTES_EACH_MS;
}
