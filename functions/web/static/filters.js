// Filters that are one click away. Each is a word of the query, so that a filtered search is a link like any other.

import { ask } from "./api.js";
import { at, element } from "./dom.js";
import { capital } from "./words.js";

const CHOICES = {
  "by-sender": /^from:/,
  "by-label": /^(?:label|category):/,
  "by-date": /^(?:after|before|newer|older|newer_than|older_than):/,
};
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
function standing(words, filter) {
  const isFree = (at) => !JOINING.has(words[at - 1]) && !JOINING.has(words[at + 1]);
  return words.flatMap((word, at) => (filter.test(word) && isFree(at) ? [at] : []));
}

function valueOf(query, filter) {
  const words = wordsOf(query);
  return standing(words, filter).map((at) => words[at]).join(" ");
}

// The query with these words in place of those that are this filter.
function changed(query, filter, ...fresh) {
  const words = wordsOf(query), gone = new Set(standing(words, filter));
  return [...words.filter((_, at) => !gone.has(at)), ...fresh].join(" ");
}

const only = (word) => new RegExp(`^${word}$`);
const buttons = () => at("filters").querySelectorAll("button[data-word]");

// `query` tells the present one, `search` begins another.
export function startFilters(query, search) {
  for (const button of buttons()) {
    const { word } = button.dataset, filter = only(word);
    button.addEventListener("click", () => search(changed(query(), filter, ...(valueOf(query(), filter) ? [] : [word]))));
  }
  for (const [id, filter] of Object.entries(CHOICES)) {
    at(id).addEventListener("change", () => {
      const { value } = at(id);
      if (value === "days") at("days").showModal();
      else search(changed(query(), filter, ...(value ? [value] : [])));
    });
  }
  at("days").addEventListener("close", () => {
    const { value: first } = at("first-day"), { value: last } = at("last-day");
    const days = [...(first ? [`after:${first}`] : []), ...(last ? [`before:${dayAfter(last)}`] : [])];
    if (at("days").returnValue !== "search") showFilters(query());
    else search(changed(query(), CHOICES["by-date"], ...days));
    at("days").returnValue = "";
  });
  fillFilters();
}

// People and labels are known only as far as mail has been read.
export function fillFilters() {
  fill("by-sender", "from:", (item) => item.name || item.email);
  fill("by-label", "label:", (item) => (item.kind === "value" ? capital(item.name) : item.name));
}

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
  for (const button of buttons()) button.setAttribute("aria-pressed", valueOf(query, only(button.dataset.word)) !== "");
  for (const [id, filter] of Object.entries(CHOICES)) choose(id, valueOf(query, filter));
}

function choose(id, value) {
  const isKnown = [...at(id).options].some((option) => option.value === value);
  if (!isKnown) at(id).append(element("option", { value }, value.replace(/^(?:from|label|category):/, "")));
  at(id).value = value;
  at(id).classList.toggle("on", value !== "");
}
