// Shows what fits while somebody types; arrows walk through it. Without it the form leads to the page.
class FindAsYouType extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.results = this.appendChild(document.createElement("div"));
    this.results.className = "finder__results";
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), 120);
    });
    this.addEventListener("keydown", (event) => this.walk(event));
    this.closest("[popover]")?.addEventListener("toggle", (event) => {
      if (event.newState === "open") this.field.select();
    });
  }

  async load() {
    this.waiting?.abort();
    this.waiting = new AbortController();
    const query = this.field.value.trim();
    if (query.length < 2) return this.results.replaceChildren();
    const url = new URL(this.dataset.src, location.href);
    url.searchParams.set("q", query);
    try {
      const response = await fetch(url, { signal: this.waiting.signal });
      if (response.ok) this.results.innerHTML = await response.text();
    } catch (error) {
      if (error.name !== "AbortError") this.results.replaceChildren();
    }
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const stops = [this.field, ...this.results.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}

customElements.define("find-as-you-type", FindAsYouType);
