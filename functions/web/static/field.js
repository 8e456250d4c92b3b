// The search field and what it suggests: a combobox with a listbox, as ARIA's authoring practices have it.

import { ask } from "./api.js";
import { at, element, span } from "./dom.js";

const TYPING_MS = 90;
const MOST = 8;

let items = [], active = -1, asked = 0, typing = 0;
let begin = () => {};

export function startField(search) {
  begin = search;
  const field = at("query");
  field.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(suggest, TYPING_MS);
  });
  field.addEventListener("keydown", onKey);
  field.addEventListener("blur", close);
  at("suggestions").addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  at("suggestions").addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(items[Number(option.dataset.at)]);
  });
  at("search").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
}

function submit() {
  close();
  begin(at("query").value.trim());
}

async function suggest() {
  const turn = ++asked;
  const found = await ask("/api/suggestions", { q: at("query").value, limit: MOST }).catch(() => ({ items: [] }));
  if (turn !== asked || document.activeElement !== at("query")) return;
  show(found.items);
}

function show(found) {
  items = found;
  at("suggestions").replaceChildren(...items.map(optionOf));
  at("suggestions").hidden = items.length === 0;
  at("query").setAttribute("aria-expanded", items.length > 0);
  activate(-1);
}

function close() {
  clearTimeout(typing);
  asked += 1;
  if (items.length) show([]);
}

function activate(place) {
  active = place;
  const options = [...at("suggestions").children];
  options.forEach((option, at) => option.setAttribute("aria-selected", at === active));
  options[active]?.scrollIntoView({ block: "nearest" });
  if (active < 0) at("query").removeAttribute("aria-activedescendant");
  else at("query").setAttribute("aria-activedescendant", options[active].id);
}

function onKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && items.length) activate(((active + step + 1 + items.length + 1) % (items.length + 1)) - 1);
  else if (step === 1) suggest();
  else if (event.key === "Enter" && active >= 0) pick(items[active]);
  else if (event.key === "Escape" && items.length) close();
  else if (event.key === "Escape") at("query").blur();
  else return;
  event.preventDefault();
}

// An operator waits for its value; anything else is searched for.
function pick(item) {
  at("query").value = item.q;
  if (item.kind !== "operator") return submit();
  at("query").focus();
  return suggest();
}

const LOOKS = {
  person: (item) => [item.name || item.email, item.name ? item.email : "", "Person"],
  label: (item) => [item.name, "", "Label"],
  operator: (item) => [`${item.name}:`, item.description, item.example],
  value: (item) => [`${item.of}:${item.name}`, "", ""],
};

function optionOf(item, place) {
  const [name, more, kind] = LOOKS[item.kind](item);
  return element(
    "li",
    { role: "option", id: `suggestion-${place}`, "data-at": place, "aria-selected": "false" },
    element("span", { class: "name", dir: "auto" }, name),
    " ",
    element("span", { class: "more", dir: "auto" }, more),
    " ",
    span("kind", kind),
  );
}
