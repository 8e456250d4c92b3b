// Filters that are one click away. Each is a word of the query, so that a filtered search is a link like any other.

import { ask } from "./api.js";
import { at, element } from "./dom.js";
import { capital, label } from "./words.js";

const LABELS = /^(?:label|category):/;
const DATES = /^(?:after|before|newer|older|newer_than|older_than):/;
const JOINING = new Set(["OR", "|", "NOT", "AROUND"]);
const FEW = 20;

// The query's outermost words; quotes and brackets hold together.
function wordsOf(query) {
  const found = [""];
  let depth = 0, isQuoted = false;
  for (const character of query) {
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && "({".includes(character)) depth += 1;
    else if (!isQuoted && ")}".includes(character)) depth -= 1;
    if (/\s/.test(character) && !isQuoted && depth <= 0) found.push("");
    else found[found.length - 1] += character;
  }
  return found.filter(Boolean);
}

// Where words stand that are a filter; not those that OR or NOT joins to another.
function standing(words, isFilter) {
  const isFree = (at) => !JOINING.has(words[at - 1]) && !JOINING.has(words[at + 1]);
  return words.flatMap((word, at) => (isFilter(word) && isFree(at) ? [at] : []));
}

export const valueOf = (query, isFilter) => {
  const words = wordsOf(query);
  return standing(words, isFilter).map((at) => words[at]).join(" ");
};

// The query with these words in place of those that are this filter.
export function changed(query, isFilter, ...fresh) {
  const words = wordsOf(query), gone = new Set(standing(words, isFilter));
  return [...words.filter((_, at) => !gone.has(at)), ...fresh].join(" ");
}

const isWord = (wanted) => (word) => word === wanted;
const begins = (start) => (word) => word.startsWith(start);
const isLabel = (word) => LABELS.test(word);
const isDate = (word) => DATES.test(word);
const buttons = () => at("filters").querySelectorAll("button[data-word]");

// `query` tells the present one, `search` begins another.
export function startFilters(query, search) {
  for (const button of buttons()) {
    const word = button.dataset.word;
    button.addEventListener("click", () => {
      const isOn = valueOf(query(), isWord(word)) !== "";
      search(isOn ? changed(query(), isWord(word)) : changed(query(), isWord(word), word));
    });
  }
  for (const [id, isFilter] of [["by-sender", begins("from:")], ["by-label", isLabel]]) {
    at(id).addEventListener("change", () => search(changed(query(), isFilter, ...chosen(id))));
  }
  at("by-date").addEventListener("change", () => {
    if (at("by-date").value === "days") at("days").showModal();
    else search(changed(query(), isDate, ...chosen("by-date")));
  });
  at("days").addEventListener("close", () => {
    const { value: first } = at("first-day"), { value: last } = at("last-day");
    if (at("days").returnValue !== "search") showFilters(query());
    else search(changed(query(), isDate, ...(first ? [`after:${first}`] : []), ...(last ? [`before:${dayAfter(last)}`] : [])));
    at("days").returnValue = "";
  });
  fillFilters();
}

// People and labels are known only as far as mail has been read.
export function fillFilters() {
  fill("by-sender", "from:", (item) => item.name || item.email);
  fill("by-label", "label:", (item) => (item.kind === "value" ? capital(item.name) : label(item)));
}

const chosen = (id) => (at(id).value ? [at(id).value] : []);

// `before:` leaves its day out, people mean it included.
function dayAfter(day) {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

async function fill(id, start, name) {
  const { items } = await ask("/api/suggestions", { q: start, limit: FEW }).catch(() => ({ items: [] }));
  const known = new Set([...at(id).options].map((option) => option.value));
  const fresh = items.filter((item) => !known.has(item.q.trim()));
  at(id).append(...fresh.map((item) => element("option", { value: item.q.trim() }, name(item))));
}

// What of this query the filters can show.
export function showFilters(query) {
  for (const button of buttons()) button.setAttribute("aria-pressed", valueOf(query, isWord(button.dataset.word)) !== "");
  choose("by-sender", valueOf(query, begins("from:")), (value) => value.slice("from:".length));
  choose("by-label", valueOf(query, isLabel), (value) => value.replace(LABELS, ""));
  choose("by-date", valueOf(query, isDate), (value) => value);
}

function choose(id, value, name) {
  const options = [...at(id).options];
  if (!options.some((option) => option.value === value)) at(id).append(element("option", { value }, name(value)));
  at(id).value = value;
  at(id).classList.toggle("on", value !== "");
}
