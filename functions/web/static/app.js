// The web client begins here: where the reader is decides what is shown.

import { follow, linkTo, placeOf } from "./address.js";
import { at } from "./dom.js";
import { startField } from "./field.js";
import { fillFilters, showFilters, startFilters } from "./filters.js";
import { showHelp, startHelp } from "./help.js";
import { startKeyboard } from "./keyboard.js";
import * as reading from "./reading.js";
import * as results from "./results.js";
import { startStatus } from "./status.js";

let place = { q: "", view: "", thread: "", message: "" };

const go = follow(show);

// Whether a search found something.
async function show(next) {
  const before = place;
  place = next;
  at("query").value = place.q;
  showFilters(place.q);
  at("by-view").value = place.view;
  const finding = results.isShowing(place) ? true : results.search(place);
  if (place.thread) {
    results.hide();
    await reading.open(place);
    return true;
  }
  reading.close();
  results.reveal(before);
  document.title = place.q ? `${place.q} · Mailbox` : "Mailbox";
  return finding;
}

// A search that was asked for: its results get the focus, so that the keys move among them.
async function search(q) {
  const isFromField = document.activeElement === at("query");
  const isHere = results.isShowing({ ...place, q }) && !place.thread;
  if (isHere) results.search({ ...place, q });
  const finding = go({ ...place, q, thread: "", message: "" });
  if (isFromField) at("list").focus({ preventScroll: true });
  if (!(await finding) && isFromField && document.activeElement === at("list")) at("query").focus();
}

// Words that were typed count for whatever is chosen beside them.
const typed = () => at("query").value.trim();

function leave() {
  if (!place.thread) return;
  if (history.state?.isInside) history.back();
  else go({ ...place, thread: "", message: "" });
}

function next(by) {
  if (!place.thread) return results.step(by);
  const there = results.neighbour(place, by);
  if (!there) return undefined;
  history.replaceState(history.state, "", linkTo(there));
  return show(there);
}

startField(search);
startFilters(typed, search);
startHelp();
results.startResults();
startKeyboard({
  "/": () => at("query").select(),
  "?": showHelp,
  j: () => next(1),
  k: () => next(-1),
  n: () => reading.stepMessage(1),
  p: () => reading.stepMessage(-1),
  o: () => document.activeElement.click(),
  u: leave,
});
at("by-view").addEventListener("change", () => go({ ...place, q: typed(), view: at("by-view").value, thread: "", message: "" }));
at("to-list").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  leave();
});
show(placeOf(location));
startStatus(async () => {
  fillFilters();
  const [isListed] = await Promise.all([results.refresh(), reading.refresh()]);
  return isListed;
});
