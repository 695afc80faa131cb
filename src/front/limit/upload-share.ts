// How many of the workers' places may be held by requests whose bodies are not whole yet, and which of those that wait is next. A body
// comes at its client's pace, and a crowd of slow ones must not keep others out: half of the places are never theirs. Pure.

export type UploadRoom = {
  /** Requests that workers have, or are next to have, though their bodies are not whole. */
  inside: number;
  /** At workers that take requests, taken or not. */
  places: number;
};

/** As much of a visit as decides about it. */
type UploadVisit = { isOver: boolean; headAt: number; intake: { isComplete: boolean } | undefined };

/** What has begun to be answered is as any other answer: the app may want to hear the rest first, and go on for days. */
export function isUpload({ isOver, headAt, intake }: UploadVisit): boolean {
  return !isOver && headAt === 0 && intake?.isComplete === false;
}

/** Where there is a place at all, one of them has it. */
export function uploadShare(places: number): number {
  return Math.max(1, Math.floor(places / 2));
}

export function hasUploadRoom({ inside, places }: UploadRoom): boolean {
  return inside < uploadShare(places);
}

/**
 * Who of those that wait, in their order, is let in; undefined for nobody. First come the `full` ones, of whom no more is kept while they
 * wait: they can go on at a worker only, and they have sent something. Others become whole while they wait. Where their share is all
 * that there is, nobody of a crowd gets it before that.
 */
export function nextUpload<U>(
  { waiting, full }: { waiting: ReadonlySet<U>; full: ReadonlySet<U> },
  room: UploadRoom,
): U | undefined {
  if (!hasUploadRoom(room)) return undefined;
  const [one] = full;
  if (one) return one;
  const [first] = waiting;
  return uploadShare(room.places) < room.places || waiting.size === 1 ? first : undefined;
}
