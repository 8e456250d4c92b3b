// How to search: the table of operators, as the server itself understands them, and the keys.

import { linkTo } from "./address.js";
import { at, element, span } from "./dom.js";

const KEYS = "single-keys"; // whether letters alone are commands

export const hasKeys = () => localStorage.getItem(KEYS) !== "off";

export function startHelp() {
  at("open-help").addEventListener("click", showHelp);
  at("keys-on").checked = hasKeys();
  at("keys-on").addEventListener("change", () => localStorage.setItem(KEYS, at("keys-on").checked ? "on" : "off"));
  at("help").addEventListener("click", (event) => event.target.closest("a") && at("help").close());
}

export async function showHelp() {
  at("help").showModal();
  if (at("operators").rows.length) return;
  const answer = await fetch(new URL("operators.json", import.meta.url));
  at("operators").append(...(await answer.json()).map(row));
}

function row({ name, description, choices, example }) {
  const values = choices.length ? ` ${choices.join(", ")}` : "";
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("code", {}, `${name}:`)),
    element("td", {}, description, span("soft", values), " ", element("a", { href: linkTo({ q: example }) }, element("code", {}, example))),
  );
}
