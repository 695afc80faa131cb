// Tells an event to a URL, by POST. What is answered counts by its status alone; nobody is followed to another address.

/** Rejects unless the answer is 2xx. The URL may hold a secret: no error tells it. */
export async function postEvent(url: string, text: string, signal: AbortSignal): Promise<void> {
  const answer = await send(url, text, signal);
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${new URL(url).host} answered with ${answer.status}`);
}

async function send(url: string, body: string, signal: AbortSignal): Promise<Response> {
  const headers = { "Content-Type": "application/json", "User-Agent": "gw" };
  try {
    return await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "no answer";
    throw new Error(`${new URL(url).host} cannot be reached: ${code}`);
  }
}
