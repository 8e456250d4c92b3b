// The receipt of an erasure, looked at until it is finished. Its id stands behind the # and is sent only to ask for it.

import { ask } from "./api.js";
import { at, element } from "./dom.js";
import { inFull, number } from "./words.js";

const POLL_MS = 2000;

async function look() {
  const id = location.hash.slice(1);
  if (!/^[0-9a-f]{32,64}$/.test(id)) return tell("This address names no receipt.");
  try {
    const receipt = await ask(`/api/receipts/${id}`);
    show(receipt);
    if (!receipt.finished_at) setTimeout(look, POLL_MS);
  } catch (problem) {
    if (problem.status === 404) return tell("There is no such receipt; it is kept for a year.");
    setTimeout(look, POLL_MS);
  }
  return undefined;
}

const tell = (words) => (at("erased-words").textContent = words);

function show(receipt) {
  tell(receipt.finished_at ? "Everything is gone." : "Nothing of it can be read any more. What is left of it is being deleted.");
  const lines = {
    "Asked for": inFull(receipt.requested_at),
    "Key destroyed": receipt.key_destroyed_at ? inFull(receipt.key_destroyed_at) : "about to be",
    "Permission at Google": { true: "given back", false: "could not be given back: remove it in your Google account", null: "about to be given back" }[receipt.is_revoked],
    "Documents deleted": number(receipt.documents_deleted),
    Finished: receipt.finished_at ? inFull(receipt.finished_at) : "not yet",
    Receipt: receipt.id,
  };
  at("receipt").replaceChildren(...Object.entries(lines).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

addEventListener("hashchange", look);
look();
