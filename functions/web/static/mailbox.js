// The web client: a search field, the messages it finds, one message opened, and what is new every few seconds.
// Everything that comes from mail is inserted as text, never as HTML.

const PAGE = 50;
const REFRESH_PAGE = 100;
const REFRESHED_AT_MOST = 400;
const POLL_MS = 3000;
const TYPING_MS = 300;

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const hour = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

const list = { query: "", items: [], cursor: null, total: 0, asked: 0, isLoading: false };
let seen = "";

class Problem extends Error {
  constructor(body, status) {
    super(body.detail ?? "This does not work right now.");
    this.title = body.title ?? "Something went wrong";
    this.hint = body.hint ?? "";
    this.status = status;
  }
}

async function ask(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== "");
  const query = new URLSearchParams(given);
  const answer = await fetch(query.size ? `${path}?${query}` : path, { headers: { Accept: "application/json" } });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({})), answer.status);
  return answer.json();
}

const page = (query, limit, cursor = null) => ask("/api/mails", { q: query, limit, cursor });

// --- the list

async function search(query) {
  const turn = ++list.asked;
  list.isLoading = true;
  try {
    const found = await page(query, PAGE);
    if (turn !== list.asked) return;
    Object.assign(list, { query, items: found.items, cursor: found.next_cursor, total: found.total_count });
    show(found);
  } catch (problem) {
    if (turn === list.asked) showProblem(problem);
  } finally {
    if (turn === list.asked) list.isLoading = false;
  }
}

async function more() {
  if (list.isLoading || list.cursor === null) return;
  const turn = list.asked;
  list.isLoading = true;
  try {
    const found = await page(list.query, PAGE, list.cursor);
    if (turn !== list.asked) return;
    const known = new Set(list.items.map((item) => item.id));
    list.items.push(...found.items.filter((item) => !known.has(item.id)));
    Object.assign(list, { cursor: found.next_cursor, total: found.total_count });
    show(found);
  } catch (problem) {
    if (turn === list.asked) showProblem(problem);
  } finally {
    if (turn === list.asked) list.isLoading = false;
  }
  if (turn === list.asked && isNear(at("more"))) more();
}

// What is shown, asked for again: new mail appears, what is gone goes, labels change; the place stays.
async function refresh() {
  if (list.isLoading) return;
  const turn = list.asked;
  const wanted = Math.min(Math.max(list.items.length, PAGE), REFRESHED_AT_MOST);
  const fresh = [];
  let found = { next_cursor: null };
  do {
    found = await page(list.query, Math.min(REFRESH_PAGE, wanted - fresh.length), found.next_cursor);
    fresh.push(...found.items);
  } while (found.next_cursor !== null && fresh.length < wanted);
  if (turn !== list.asked || list.isLoading) return;
  const tail = list.items.slice(REFRESHED_AT_MOST);
  const known = new Set(fresh.map((item) => item.id));
  list.items = [...fresh, ...tail.filter((item) => !known.has(item.id))];
  if (!tail.length) list.cursor = found.next_cursor;
  list.total = found.total_count;
  show(found);
}

function show(found) {
  at("problem").hidden = true;
  at("messages").hidden = false;
  const rows = new Map([...at("messages").children].map((row) => [row.dataset.id, row]));
  const wasEmpty = rows.size === 0;
  let place = at("messages").firstElementChild;
  for (const item of list.items) {
    let row = rows.get(item.id);
    rows.delete(item.id);
    if (!row || row.dataset.state !== stateOf(item)) {
      const made = rowOf(item);
      if (row) row.replaceWith(made);
      else if (!wasEmpty && place) made.classList.add("new");
      if (row === place) place = made;
      row = made;
    }
    if (row === place) place = place.nextElementSibling;
    else at("messages").insertBefore(row, place);
  }
  for (const row of rows.values()) row.remove();
  at("more").hidden = list.cursor === null;
  const messages = list.total === 1 ? "1 message" : `${number.format(list.total)} messages`;
  const since = found.coverage.complete || !found.coverage.since ? "" : ` since ${day.format(new Date(found.coverage.since))}; older mail is still being read`;
  at("summary").textContent = messages + since;
  showEmpty(found);
}

function showEmpty(found) {
  const [title, words] = at("empty").children;
  at("empty").hidden = list.items.length > 0;
  title.textContent = list.query ? "Nothing found" : "No mail yet";
  if (!found.coverage.complete) words.textContent = "The mailbox is still being read. What is found appears here.";
  else if (list.query) words.textContent = "All words have to occur. Use fewer of them, or look in spam and trash too with in:anywhere.";
  else words.textContent = "New mail appears here by itself.";
}

function showProblem(problem) {
  const [title, words] = at("problem").children;
  at("problem").hidden = false;
  title.textContent = problem.title ?? "The connection is lost";
  words.textContent = problem.title ? `${problem.message} ${problem.hint}` : "Trying again by itself.";
  at("empty").hidden = true;
  if (problem.status !== 400) return; // what is listed is still true
  at("messages").hidden = at("more").hidden = true;
  at("summary").textContent = "";
}

const stateOf = (item) => item.labels.map((label) => `${label.id} ${label.name}`).join();

function element(name, kind, ...inside) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...inside);
  return made;
}

function rowOf(item) {
  const labels = item.labels.filter((label) => label.id.startsWith("Label_"));
  const words = element("span", "words");
  for (const label of labels) words.append(element("span", "label", label.name), " ");
  if (item.has_attachment) words.append(element("span", "clip", "📎 "));
  words.append(element("span", "subject", item.subject || "(no subject)"), ` — ${item.snippet}`);
  const when = element("time", "", item.date ? shortly(new Date(item.date)) : "unknown");
  if (item.date) {
    when.dateTime = item.date;
    when.title = whole.format(new Date(item.date));
  }
  const sender = element("span", "from", item.from.name || item.from.email || "(no sender)");
  const button = element("button", "row", sender, words, when);
  button.type = "button";
  button.addEventListener("click", () => read(item.id));
  const row = element("li", item.labels.some((label) => label.id === "UNREAD") ? "unread" : "", button);
  row.dataset.id = item.id;
  row.dataset.state = stateOf(item);
  return row;
}

const shortly = (date) => (date.toDateString() === new Date().toDateString() ? hour : day).format(date);

// --- one message

async function read(id) {
  try {
    const message = await ask(`/api/mails/${id}`);
    at("reader-subject").textContent = message.subject || "(no subject)";
    at("reader-people").replaceChildren(...people(message));
    at("reader-attachments").replaceChildren(...message.attachments.map((each) => element("li", "", `📎 ${each.filename || each.mime_type}`)));
    at("reader-text").textContent = message.text || "(no text)";
    if (message.is_truncated) at("reader-text").append("\n\n(The rest of this long message is in Gmail.)");
    at("reader").showModal();
    at("reader").scrollTop = 0;
  } catch (problem) {
    showProblem(problem);
  }
}

function* people(message) {
  const said = { From: message.from, To: message.to, Cc: message.cc, Bcc: message.bcc };
  for (const [name, addresses] of Object.entries(said)) {
    if (!addresses.length) continue;
    const words = addresses.map((each) => (each.name && each.email ? `${each.name} <${each.email}>` : each.name || each.email));
    yield element("dt", "", name);
    yield element("dd", "", words.join(", "));
  }
  yield element("dt", "", "Date");
  yield element("dd", "", message.date ? whole.format(new Date(message.date)) : "unknown");
}

// --- how the mailbox is

async function look() {
  if (!document.hidden) {
    try {
      const mailbox = await ask("/api/mailbox");
      showMailbox(mailbox);
      const now = JSON.stringify([mailbox.as_of.history_id, mailbox.coverage]);
      if (seen && now !== seen) await refresh();
      else if (!at("problem").hidden && at("query").value === list.query) await refresh();
      seen = now;
    } catch (problem) {
      if (!(problem instanceof Problem)) showProblem({});
    }
  }
  setTimeout(look, POLL_MS);
}

function showMailbox(mailbox) {
  document.title = `Mailbox · ${mailbox.address}`;
  at("sign-out").title = mailbox.address;
  at("trouble").hidden = !mailbox.trouble;
  at("trouble").textContent = mailbox.trouble;
  const sync = mailbox.full_sync;
  at("sync").hidden = sync.phase === "done";
  if (sync.percent === null) at("sync-bar").removeAttribute("value");
  else at("sync-bar").value = sync.percent;
  at("sync-words").textContent = progress(sync);
}

function progress(sync) {
  if (sync.phase === "waiting") return "Your mail is about to be read for the first time.";
  const left = sync.eta_seconds === null ? "" : `, about ${duration(sync.eta_seconds)} left`;
  return `${number.format(sync.done)} of ${number.format(sync.total)} messages read${left}. Search works already.`;
}

function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

// --- begin

function isNear(place) {
  return !place.hidden && place.getBoundingClientRect().top < innerHeight + 800;
}

function begin(query) {
  history.replaceState(null, "", query ? `/mails?${new URLSearchParams({ q: query })}` : "/mails");
  search(query);
}

let typing = 0;
at("query").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => begin(at("query").value), TYPING_MS);
});
at("search").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  begin(at("query").value);
});
at("reader").addEventListener("click", (event) => {
  if (event.target === at("reader")) at("reader").close();
});
new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && more(), { rootMargin: "800px" }).observe(at("more"));

at("query").value = new URLSearchParams(location.search).get("q") ?? "";
search(at("query").value);
look();
