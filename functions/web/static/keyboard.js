// The keys: letters alone, where nothing is being written and no dialog is open.

import { hasKeys } from "./help.js";

const WRITING = "input, textarea, select, [contenteditable]";

// `commands` by key.
export function startKeyboard(commands) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !hasKeys()) return;
    if (event.target.matches?.(WRITING) || document.querySelector("dialog[open]")) return;
    const command = commands[event.key];
    if (!command) return;
    event.preventDefault();
    command();
  });
}
