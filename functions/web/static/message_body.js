// What a message says: its HTML in a sandboxed frame, or its text with links, older text folded.

import { element } from "./dom.js";
import { counted } from "./words.js";

// An address begins where its letters do: begun at each of them, a long word would take time by the square of its length.
const LINK = /https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}]|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
const SHORT_QUOTE = 3; // lines that need no folding

export function textOf(text, quoted = []) {
  const points = Array.from(text), made = element("div", { class: "text", dir: "auto" });
  let end = 0;
  for (const [from, to] of quoted) {
    made.append(linked(points.slice(end, from).join("")), folded(points.slice(from, to).join("")));
    end = to;
  }
  made.append(linked(points.slice(end).join("")));
  return made;
}

function folded(text) {
  if (!text.replace(/[>\s]/g, "")) return ""; // signs of quoting around nothing
  const lines = text.trimEnd().split("\n").length;
  const inside = element("div", { class: "quote", dir: "auto" }, linked(text));
  if (lines <= SHORT_QUOTE) return inside;
  return element("details", { class: "folded" }, element("summary", {}, counted(lines, "older line", "older lines")), inside);
}

function linked(text) {
  const made = new DocumentFragment();
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const [address] = found;
    const href = address.startsWith("http") ? address : `mailto:${address}`;
    made.append(text.slice(end, found.index), element("a", { href, target: "_blank", rel: "noopener noreferrer" }, address));
    end = found.index + address.length;
  }
  made.append(text.slice(end));
  return made;
}

// A frame as high as what is in it. `loaded` is told whether pictures from elsewhere were left out.
export function frameOf(id, title, pictures, loaded) {
  const source = `/api/mails/${id}/html${pictures === "all" ? "?pictures=all" : ""}`;
  const frame = element("iframe", { sandbox: SANDBOX, src: source, title });
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument;
    if (!inside?.body) return;
    foldQuotes(inside);
    const fit = () => (frame.style.height = `${Math.ceil(inside.documentElement.getBoundingClientRect().height) + 2}px`);
    new ResizeObserver(fit).observe(inside.documentElement);
    fit();
    inside.addEventListener("keydown", (event) => document.dispatchEvent(new KeyboardEvent("keydown", event)));
    loaded(inside.documentElement.dataset.pictures === "hidden");
  });
  return frame;
}

// Outermost quotes, if there is more than them.
function foldQuotes(inside) {
  const quotes = [...inside.querySelectorAll("blockquote")].filter((quote) => !quote.parentElement.closest("blockquote"));
  const length = (node) => node.textContent.trim().length;
  if (quotes.reduce((left, quote) => left - length(quote), length(inside.body)) <= 0) return;
  for (const quote of quotes) {
    const details = inside.createElement("details"), summary = inside.createElement("summary");
    summary.textContent = "Older text";
    quote.replaceWith(details);
    details.append(summary, quote);
  }
}
