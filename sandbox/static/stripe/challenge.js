// Tells the page that opened this window of the bank, and nobody else, that the client has answered.
const store = new URLSearchParams(location.search).get("parent");
document.querySelector("button")?.focus(); // `autofocus` does nothing in a frame of another origin
if (store && window.parent !== window) {
  const tell = (message) => window.parent.postMessage({ challenge: message }, store);
  tell(document.body.dataset.open === "true" ? "open" : "answered");
}
