// How the mailbox is: looked at every few seconds, told in the header, at length in a panel, and how one leaves.

import { ask, Problem } from "./api.js";
import { at, element } from "./dom.js";
import { ago, counted, duration, inFull, number, onDay, zone } from "./words.js";

const POLL_MS = 3000;
const UNTOUCHED_MS = 120_000; // then we look less often
const SELDOM_MS = 15_000;

let seen = "", touched = Date.now(), timer = 0, isLooking = false, mailbox = null;

// Calls `changed` whenever the mirror is another than before, and again until that says that it was shown.
export function startStatus(changed) {
  for (const event of ["pointerdown", "keydown", "scroll"]) addEventListener(event, () => (touched = Date.now()), { passive: true });
  const look = async () => {
    clearTimeout(timer);
    if (isLooking) return;
    isLooking = true;
    if (!document.hidden) await once(changed);
    isLooking = false;
    timer = setTimeout(look, Date.now() - touched > UNTOUCHED_MS ? SELDOM_MS : POLL_MS);
  };
  addEventListener("online", look);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  at("open-status").addEventListener("click", () => at("status").showModal());
  at("try-again").addEventListener("click", tryAgain);
  at("use-zone").addEventListener("click", useZone);
  at("erase-word").addEventListener("input", () => (at("erase-now").disabled = !isConfirmed()));
  at("erase").addEventListener("submit", erase);
  look();
}

async function once(changed) {
  try {
    mailbox = await ask("/api/mailbox");
    show();
    const now = JSON.stringify([mailbox.as_of.history_id, mailbox.coverage]);
    if (!seen || now === seen || (await changed())) seen = now;
  } catch (problem) {
    const isOffline = !(problem instanceof Problem);
    say("warn", isOffline ? "No connection" : "Cannot look");
    trouble(isOffline ? "There is no connection. What you see stays; we try again by ourselves." : problem.message);
  }
}

function say(kind, words) {
  at("open-status").dataset.kind = kind;
  at("freshness").textContent = words;
}

function trouble(words, link = "") {
  at("trouble").hidden = !words;
  at("trouble-words").textContent = words;
  at("trouble-link").hidden = !link;
}

function show() {
  const { full_sync: sync, coverage, as_of: asOf, outstanding, watch } = mailbox;
  const isRevoked = mailbox.status === "needs_reauth";
  trouble(mailbox.trouble, isRevoked && "sign in");
  if (mailbox.trouble) say("warn", "Needs attention");
  else if (sync.phase !== "done") say("busy", sync.percent === null ? "Starting" : `${sync.percent} % read`);
  else say("good", "Up to date");
  showSync(sync, coverage);
  at("own-address").textContent = mailbox.address;
  at("facts").replaceChildren(
    ...fact("Up to date as of", asOf.time ? ago(asOf.time) : "not yet", asOf.time && inFull(asOf.time)),
    ...fact("Messages here", mirrored(coverage)),
    ...fact("Gmail tells us of changes", watch.expires_at ? `until ${onDay(watch.expires_at)}, renewed daily` : "not yet"),
    ...fact("Still to be fetched", number(outstanding.waiting)),
    ...fact("Given up after many tries", number(outstanding.parked)),
    ...fact("Your days begin at midnight in", mailbox.settings.time_zone),
  );
  at("parked").hidden = !outstanding.parked;
  at("parked-list").replaceChildren(
    ...mailbox.parked.map((each) => element("li", {}, `${each.reason}, tried ${counted(each.attempts, "time", "times")} since ${onDay(each.first_seen)}`)),
  );
  at("use-zone").hidden = mailbox.settings.time_zone === zone;
  at("use-zone").textContent = `Use ${zone}`;
}

const fact = (name, value, title = null) => [element("dt", {}, name), element("dd", { title }, value)];

function mirrored({ complete, mirrored: here, total, since }) {
  if (here === null) return "none yet";
  if (complete) return number(here);
  return `${number(here)} of ${number(total)}${since ? `, all since ${onDay(since)}` : ""}`;
}

function showSync(sync, coverage) {
  at("sync").hidden = sync.phase === "done";
  document.body.classList.toggle("syncing", sync.phase !== "done");
  if (sync.percent === null) at("sync-bar").removeAttribute("value");
  else at("sync-bar").value = sync.percent;
  if (sync.phase === "waiting") {
    at("sync-words").textContent = "Your mail is about to be read for the first time.";
    return;
  }
  const left = sync.total - sync.done, seconds = sync.eta_seconds;
  const words = [`${number(sync.done)} of ${number(sync.total)} messages read`];
  if (seconds && left > 0) words.push(`${number(Math.round(left / seconds))} a second`, `about ${duration(seconds)} left`);
  if (coverage.since) words.push(`search is complete since ${onDay(coverage.since)}`);
  at("sync-words").textContent = `${words.join(" · ")}.`;
}

async function tryAgain() {
  at("try-again").disabled = true;
  const { messages } = await ask("/api/mailbox/retry", {}, { method: "POST" }).catch(() => ({ messages: null }));
  at("tried").textContent = messages === null ? "That did not work; try later." : `${counted(messages, "message is", "messages are")} tried again.`;
  at("try-again").disabled = false;
}

async function useZone() {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  await ask("/api/mailbox", {}, { method: "PATCH", headers, body: JSON.stringify({ time_zone: zone }) }).catch(() => {});
  mailbox.settings.time_zone = zone;
  show();
}

const isConfirmed = () => mailbox !== null && at("erase-word").value.trim().toLowerCase() === mailbox.address.toLowerCase();

async function erase(event) {
  event.preventDefault();
  if (!isConfirmed()) return;
  at("erase-now").disabled = true;
  try {
    const receipt = await ask("/api/mailbox", {}, { method: "DELETE" });
    location.replace(`/erased#${receipt.id}`);
  } catch (problem) {
    at("erase-trouble").textContent = `${problem.message} Nothing tells that it was erased; try again.`;
    at("erase-now").disabled = false;
  }
}
