// Where the reader is: a search, shown as conversations or messages, and perhaps a conversation opened in it.

const PATH = "/mails";

export function placeOf(url) {
  const given = new URLSearchParams(url.search);
  return {
    q: given.get("q") ?? "",
    view: given.get("view") === "messages" ? "messages" : "",
    thread: given.get("thread") ?? "",
    message: given.get("message") ?? "",
  };
}

export function linkTo(place) {
  const told = new URLSearchParams(Object.entries(place).filter(([, value]) => value));
  return told.size ? `${PATH}?${told}` : PATH;
}

// Calls `show` with the place wherever the reader goes: by link, by `go`, back or forward.
export function follow(show) {
  addEventListener("popstate", () => show(placeOf(location)));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isOurs = link && link.origin === location.origin && link.pathname === PATH && !link.hash && !link.target;
    if (!isOurs || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(placeOf(link));
  });
  const go = (place) => {
    const here = linkTo(placeOf(location)), there = linkTo(place);
    if (there !== here) history.pushState({ isInside: true }, "", there);
    return show(place);
  };
  return go;
}
