// What a search finds: rows that stay in place, more of them while scrolling, and new mail as it comes.

import { ask } from "./api.js";
import { linkTo } from "./address.js";
import { at, element, marked, span } from "./dom.js";
import { counted, inFull, label, onDay, shortly } from "./words.js";

const PAGE = 50;
const REFRESH_PAGE = 100;
const REFRESHED_AT_MOST = 400;
const AHEAD_PX = 1200;
const AGAIN_MS = 4000;

const NOTHING_TOLD = { count: 0, isExact: false };
const list = { q: null, view: "", items: [], cursor: null, told: NOTHING_TOLD, turn: 0, isLoading: false };
let scrolled = 0;

const page = (limit, cursor = null) =>
  ask("/api/mails", { q: list.q, limit, cursor, group: list.view === "messages" ? "message" : "thread" });

export const isShowing = ({ q, view }) => list.q === q && list.view === view;

// Whether something was found. What was found before stays to be seen until then.
export async function search({ q, view }) {
  const turn = ++list.turn;
  Object.assign(list, { q, view, cursor: null, isLoading: true });
  at("messages").setAttribute("aria-busy", "true");
  at("not-understood").replaceChildren();
  try {
    const found = await page(PAGE);
    if (turn !== list.turn) return false;
    Object.assign(list, { items: found.items, cursor: found.next_cursor, told: best(NOTHING_TOLD, found) });
    at("messages").replaceChildren(...list.items.map(rowOf));
    scrolled = 0;
    if (!at("list").hidden) scrollTo(0, 0);
    tell(found);
    rest();
    return list.items.length > 0;
  } catch (problem) {
    if (turn === list.turn) showProblem(problem, () => search(list));
    return false;
  }
}

function rest() {
  list.isLoading = false;
  at("messages").removeAttribute("aria-busy");
  if (isNear()) more();
}

const isNear = () => list.cursor !== null && at("end").getBoundingClientRect().top < innerHeight + AHEAD_PX;

async function more() {
  if (list.isLoading || list.cursor === null || at("list").hidden) return;
  const { turn } = list;
  list.isLoading = true;
  try {
    const found = await page(PAGE, list.cursor);
    if (turn !== list.turn) return;
    const known = new Set(list.items.map(nameOf));
    const fresh = found.items.filter((item) => !known.has(nameOf(item)));
    list.items.push(...fresh);
    Object.assign(list, { cursor: found.next_cursor, told: best(list.told, found) });
    at("messages").append(...fresh.map(rowOf));
    tell(found);
  } catch (problem) {
    if (turn !== list.turn) return;
    list.isLoading = false;
    showProblem(problem, more);
    return;
  }
  rest();
}

// What is shown, asked for again: new mail appears, what is gone goes, labels change; the rest stays in its place.
// Whether that was done: not while something else is loading, which may be of before.
export async function refresh() {
  if (list.isLoading) return false;
  if (at("messages").hidden) return true; // the query was not understood and will not be
  const { turn } = list;
  list.isLoading = true;
  try {
    await askAgain(turn);
  } finally {
    if (turn === list.turn) rest();
  }
  return true;
}

async function askAgain(turn) {
  const wanted = Math.min(Math.max(list.items.length, PAGE), REFRESHED_AT_MOST);
  const fresh = [];
  let found = { next_cursor: null }, told = NOTHING_TOLD;
  do {
    found = await page(Math.min(REFRESH_PAGE, wanted - fresh.length), found.next_cursor);
    fresh.push(...found.items);
    told = best(told, found);
  } while (turn === list.turn && found.next_cursor !== null && fresh.length < wanted);
  if (turn !== list.turn) return;
  const tail = list.items.slice(REFRESHED_AT_MOST);
  const known = new Set(fresh.map(nameOf));
  Object.assign(list, { items: [...fresh, ...tail.filter((item) => !known.has(nameOf(item)))], told });
  if (!tail.length) list.cursor = found.next_cursor;
  update();
  tell(found);
}

// Rows that are gone go first: what moves in the document loses the focus, so as few as can be do.
function update() {
  const before = [...at("messages").children];
  const kept = new Set(list.items.map(nameOf));
  const held = before.findIndex((row) => row.contains(document.activeElement));
  for (const row of before) if (!kept.has(row.dataset.name)) row.remove();
  arrange(new Map(before.map((row) => [row.dataset.name, row])));
  if (held >= 0) hold(before[held].dataset.name, held);
}

// The focus is on the row of this name, or where that was.
function hold(name, place) {
  const rows = links(), here = list.items.findIndex((item) => nameOf(item) === name);
  (rows[here] ?? rows[Math.min(place, rows.length - 1)] ?? at("list")).focus({ preventScroll: true });
}

function arrange(rows) {
  const hadRows = rows.size > 0;
  let place = at("messages").firstElementChild;
  for (const item of list.items) {
    let row = rows.get(nameOf(item));
    if (row?.dataset.state !== stateOf(item)) {
      const made = rowOf(item);
      if (hadRows && !row) made.classList.add("new");
      if (row === place) place = made;
      row?.replaceWith(made);
      row = made;
    }
    if (row === place) place = place.nextElementSibling;
    else at("messages").insertBefore(row, place);
  }
}

// How many match, as far as pages have told: a later one may know of fewer than those before it.
function best(told, { total_count: count, is_exact: isExact }) {
  if (isExact) return { count, isExact };
  return told.isExact ? told : { count: Math.max(told.count, count), isExact };
}

// Of a conversation only those messages are listed that were found up to its page.
function howMany() {
  const listed = list.items.reduce((sum, { matching }) => sum + (matching ?? 1), 0);
  const isAllListed = list.cursor === null && (list.view === "messages" || listed === 0);
  const count = list.told.isExact ? list.told.count : Math.max(list.told.count, listed);
  if (list.told.isExact || isAllListed) return counted(count, "message", "messages");
  return count ? `At least ${counted(count, "message", "messages")}` : "Still looking";
}

function tell({ coverage }) {
  at("not-understood").replaceChildren();
  at("messages").hidden = false;
  const since = coverage.complete ? "" : coverage.since ? `, complete since ${onDay(coverage.since)}` : ", so far";
  at("summary").textContent = `${howMany()}${since}`;
  const [title, words] = at("empty").children;
  at("empty").hidden = list.items.length > 0 || list.cursor !== null;
  title.textContent = list.q ? "Nothing found" : "No mail yet";
  if (!coverage.complete) words.textContent = "The mailbox is still being read. What is found appears here.";
  else if (list.q) words.textContent = "All words have to occur: use fewer, or search spam and trash too with in:anywhere.";
  else words.textContent = "New mail appears here by itself.";
}

// A query that is not understood is shown as it was; other trouble passes, and what is listed stays until then.
function showProblem(problem, again) {
  if (problem.status !== 400) {
    at("summary").textContent = problem.title ? `${problem.message} Trying again.` : "No connection. Trying again.";
    setTimeout((turn) => turn === list.turn && again(), AGAIN_MS, list.turn);
    return;
  }
  at("messages").hidden = at("empty").hidden = true;
  list.cursor = null;
  at("summary").textContent = "";
  rest();
  const wrong = problem.position === undefined ? [] : [[problem.position, list.q.length]];
  at("not-understood").replaceChildren(
    element("strong", {}, problem.title),
    element("p", {}, `${problem.message} ${problem.hint}`),
    element("p", {}, element("code", { dir: "auto" }, marked(list.q, wrong))),
  );
}

const nameOf = (item) => (list.view === "messages" ? item.id : item.thread_id);
const stateOf = (item) => [item.id, item.matching, item.snippet, ...item.labels.flatMap(({ id, name }) => [id, name])].join();

const sign = (kind, name, title) => element("span", { class: kind, role: "img", "aria-label": name, title });

function rowOf(item) {
  const { thread_id: thread, from, highlights, labels, matching } = item;
  const has = (id) => labels.some((each) => each.id === id);
  const isUnread = has("UNREAD");
  const sender = from.name ? marked(from.name, highlights.from_name) : marked(from.email || "(no sender)", highlights.from_email);
  const shown = labels.filter((each) => each.id.startsWith("Label_") || ["SPAM", "TRASH"].includes(each.id));
  const link = element(
    "a",
    { class: "row", href: linkTo({ q: list.q, view: list.view, thread, message: item.id }) },
    span(
      "from",
      isUnread ? span("unseen", "Unread: ") : "",
      element("bdi", {}, sender),
      matching > 1 ? span("count", ` ${matching}`) : "",
    ),
    element(
      "span",
      { class: "words", dir: "auto" },
      ...shown.map((each) => element("bdi", { class: "label" }, label(each))),
      span("subject", marked(item.subject || "(no subject)", highlights.subject)),
      span("snippet", " — ", marked(item.snippet, highlights.snippet)),
    ),
    span(
      "signs",
      has("STARRED") ? sign("star", "starred") : "",
      item.has_attachment ? sign("clip", "with attachment", item.filenames.join(", ")) : "",
    ),
    element("time", { datetime: item.date, title: inFull(item.date) }, shortly(item.date)),
  );
  return element("li", { class: isUnread && "unread", "data-name": nameOf(item), "data-state": stateOf(item) }, link);
}

// --- moving about

const links = () => [...at("messages").querySelectorAll("a.row")];

export function step(by) {
  const rows = links(), here = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(here < 0 ? (by > 0 ? 0 : -1) : here + by, 0), rows.length - 1)]?.focus();
}

const indexOf = ({ thread, message }) =>
  list.items.findIndex((item) => (list.view === "messages" ? item.id === message : item.thread_id === thread));

// What the row before or behind that of this place leads to, if both are there; rows of its conversation are passed by.
export function neighbour(place, by) {
  const here = indexOf(place);
  if (here < 0) return undefined;
  const others = by > 0 ? list.items.slice(here + 1) : list.items.slice(0, here).reverse();
  const item = others.find((each) => each.thread_id !== place.thread);
  return item && { q: list.q, view: list.view, thread: item.thread_id, message: item.id };
}

export function hide() {
  if (!at("list").hidden) scrolled = scrollY;
  at("list").hidden = true;
}

// The list where it was left, its row of this place in focus.
export function reveal(place) {
  if (!at("list").hidden) return;
  at("list").hidden = false;
  scrollTo(0, scrolled);
  links()[indexOf(place)]?.focus({ preventScroll: true });
  if (isNear()) more();
}

export function startResults() {
  new IntersectionObserver(() => isNear() && more(), { rootMargin: `${AHEAD_PX}px` }).observe(at("end"));
}
