// Parts marked data-live are fetched again every few seconds, unless somebody is in the middle of something there.
setInterval(async () => {
  const live = document.querySelector("[data-live]");
  if (!live || document.hidden || live.contains(document.activeElement) || live.querySelector("details[open]")) return;
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
    const [from, to] = [live.querySelector(".calendar"), fresh?.querySelector(".calendar")];
    if (!fresh || fresh.innerHTML === live.innerHTML) return;
    live.replaceWith(fresh);
    if (from && to) to.scrollLeft = from.scrollLeft;
  } catch { /* the sandbox is restarting; the next turn will do */ }
}, 3000);
