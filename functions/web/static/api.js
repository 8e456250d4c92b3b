// Asking our own API, and what it says when something is wrong (RFC 9457).

export class Problem extends Error {
  constructor(body, status) {
    super(body.detail ?? "This does not work right now.");
    this.title = body.title ?? "Something went wrong";
    this.hint = body.hint ?? "";
    this.position = body.position;
    this.status = status;
  }
}

const PATIENCE_MS = 30_000; // no door takes longer

// The answer. Raises a Problem, or another error where there is no connection or nothing comes through it.
export async function ask(path, parameters = {}, options = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== "");
  const query = new URLSearchParams(given);
  const headers = { Accept: "application/json" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(query.size ? `${path}?${query}` : path, { headers, signal, ...options });
  if (answer.status === 401) {
    location.reload(); // the page of whoever is not signed in
    await new Promise(() => {});
  }
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({})), answer.status);
  return answer.json();
}
