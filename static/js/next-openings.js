// Shows the next free times of what is chosen in the form around it, each a link into the booking.
// Without it the form's own button leads to the same times.
class NextOpenings extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.form.addEventListener("change", () => this.load());
    this.load();
  }

  async load() {
    this.waiting?.abort();
    this.waiting = new AbortController();
    const url = new URL(this.dataset.src, location.href);
    url.search = new URLSearchParams(new FormData(this.form));
    try {
      const response = await fetch(url, { signal: this.waiting.signal });
      this.innerHTML = response.ok ? await response.text() : "";
    } catch (error) {
      if (error.name !== "AbortError") this.innerHTML = "";
    }
  }
}

customElements.define("next-openings", NextOpenings);
