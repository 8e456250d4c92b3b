// A conversation opened: its newest message and the one that was found unfolded, attachments, the original.

import { ask } from "./api.js";
import { linkTo, placeOf } from "./address.js";
import { at, element, span } from "./dom.js";
import { frameOf, textOf } from "./message_body.js";
import { counted, inFull, named, shortly, size, whoever } from "./words.js";

let shown = { thread: "", known: new Set() };

export const isOpen = () => !at("reading").hidden;

export async function open({ q, view, thread, message }) {
  at("reading").hidden = false;
  at("to-list").href = linkTo({ q, view });
  if (shown.thread === thread) return;
  shown = { thread, known: new Set() };
  at("subject").textContent = "";
  at("thread-labels").replaceChildren();
  at("thread").replaceChildren();
  at("reading").setAttribute("aria-busy", "true");
  try {
    const found = await ask(`/api/threads/${thread}`);
    if (shown.thread === thread) show(found, message);
  } catch (problem) {
    if (shown.thread === thread) showProblem(problem);
  }
}

export function close() {
  at("reading").hidden = true;
  shown = { thread: "", known: new Set() };
  at("thread").replaceChildren(); // frames and what they hold
}

function show(found, wanted) {
  const newest = found.messages.at(-1).id;
  shown.known = new Set(found.messages.map(({ id }) => id));
  at("subject").textContent = found.subject || "(no subject)";
  at("thread-labels").replaceChildren(...labelsOf(found.messages));
  at("thread").replaceChildren(...found.messages.map((each) => messageOf(each, each.id === newest || each.id === wanted)));
  at("reading").removeAttribute("aria-busy");
  document.title = `${found.subject || "(no subject)"} · Mailbox`;
  at("subject").focus({ preventScroll: true });
  scrollTo(0, 0);
  const place = at(`message-${wanted}`);
  if (place?.getBoundingClientRect().top > innerHeight / 2) place.scrollIntoView();
}

// Messages that came since, at the end.
export async function refresh() {
  const { thread, known } = shown;
  if (!isOpen() || !known.size) return;
  const found = await ask(`/api/threads/${thread}`).catch(() => ({ messages: [] }));
  if (shown.thread !== thread) return;
  const fresh = found.messages.filter(({ id }) => !known.has(id));
  for (const { id } of fresh) known.add(id);
  at("thread").append(...fresh.map((each) => messageOf(each, true)));
}

function showProblem(problem) {
  at("reading").removeAttribute("aria-busy");
  at("subject").textContent = problem.title ?? "No connection";
  at("thread").replaceChildren(element("p", { role: "alert" }, problem.title ? problem.message : "Go back and try again."));
  shown.thread = "";
}

function labelsOf(messages) {
  const names = new Map(messages.flatMap(({ labels }) => labels.map(({ id, name }) => [id, name])));
  const own = [...names].filter(([id]) => id.startsWith("Label_"));
  return own.map(([, name]) => element("bdi", { class: "label" }, name));
}

function messageOf(message, isUnfolded) {
  const sender = message.from.length ? message.from.map(named).join(", ") : "(no sender)";
  const body = element("div", { class: "message-body" });
  const made = element(
    "details",
    { class: "message", id: `message-${message.id}`, open: isUnfolded },
    element(
      "summary",
      {},
      element("h2", {}, element("bdi", {}, sender)),
      element("span", { class: "snippet", dir: "auto" }, message.snippet),
      element("time", { datetime: message.date, title: inFull(message.date) }, shortly(message.date)),
    ),
    body,
  );
  const fill = () => made.open && !body.hasChildNodes() && body.append(...inside(message, sender));
  made.addEventListener("toggle", fill);
  fill();
  return made;
}

function* inside(message, sender) {
  yield people(message);
  const said = element("div", { class: "said" });
  const tools = element("p", { class: "tools" });
    const images = element("button", { type: "button", hidden: true }, "Show images");
  const plain = element("button", { type: "button", "aria-pressed": "false" }, "Plain text");
  const offer = (isHiding) => (images.hidden = !isHiding);
  const show = (pictures) => said.replaceChildren(frameOf(message.id, `Message from ${sender}`, pictures, offer));
  images.addEventListener("click", () => show("all"));
  plain.addEventListener("click", () => {
    const isPlain = plain.getAttribute("aria-pressed") !== "true";
    plain.setAttribute("aria-pressed", isPlain);
    images.hidden = true;
    if (isPlain) fillText(said, message);
    else show("own");
  });
  if (message.has_html) tools.append(images, plain);
  tools.append(element("a", { class: "tool", href: `/api/mails/${message.id}/original`, target: "_blank", rel: "noopener" }, "Show original"));
  if (message.attachments.length) yield attachments(message);
  yield tools;
  if (message.has_html) show("own");
  else fillText(said, message);
  yield said;
}

// Of a very long thread the last messages come without their text.
async function fillText(said, message) {
  said.replaceChildren(textOf(message.text, message.quoted));
  if (!message.is_truncated) return;
  const whole = message.text ? message : await ask(`/api/mails/${message.id}`).catch(() => message);
  const rest = element("p", { class: "soft" }, "The rest of this long message is in Gmail.");
  said.replaceChildren(textOf(whole.text, whole.quoted), ...(whole.is_truncated ? [rest] : []));
}

function people(message) {
  const list = element("dl", { class: "people" });
  const line = (name, ...said) => list.append(element("dt", {}, name), element("dd", {}, ...said));
  for (const name of ["From", "To", "Cc", "Bcc"]) {
    const addresses = message[name.toLowerCase()];
    if (addresses.length) line(name, ...addresses.flatMap((each, at) => [at ? ", " : "", person(each)]));
  }
  line("Date", inFull(message.date));
  return list;
}

// Whoever is pressed is searched for.
function person(address) {
  const { email } = address, words = element("bdi", {}, whoever(address));
  if (!/^[^\s(){}|"]+$/.test(email)) return words;
  return element("a", { href: linkTo({ q: `from:${email}`, view: placeOf(location).view }), title: `Mail from ${email}` }, words);
}

function attachments(message) {
  const files = message.attachments.map(({ filename, mime_type: kind, size: bytes, part_id: part }) => {
    const href = `/api/mails/${message.id}/attachments/${part || "whole"}`;
    return element("li", {}, element("a", { class: "file", href }, element("bdi", {}, filename || kind), span("soft", size(bytes))));
  });
  return element("ul", { class: "files", "aria-label": counted(files.length, "attachment", "attachments") }, ...files);
}

export function stepMessage(by) {
  const summaries = [...at("thread").querySelectorAll("details.message > summary")];
  const here = summaries.indexOf(document.activeElement);
  summaries[Math.min(Math.max(here + by, 0), summaries.length - 1)]?.focus();
}
