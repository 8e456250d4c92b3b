// Elements found and made. What comes from mail is set as text, never as HTML.

export const at = (id) => document.getElementById(id);

// Attributes that are false, null or undefined are left out.
export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside);
  return made;
}

export const span = (kind, ...inside) => element("span", { class: kind }, ...inside);

// The text with marks around its spans, which count code points as the API does.
export function marked(text, spans = []) {
  const points = Array.from(text), made = new DocumentFragment();
  let end = 0;
  for (const [from, to] of spans) {
    made.append(points.slice(end, from).join(""), element("mark", {}, points.slice(from, to).join("")));
    end = to;
  }
  made.append(points.slice(end).join(""));
  return made;
}
