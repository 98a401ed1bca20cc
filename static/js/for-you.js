// Brings what may suit the visitor once the page is there and its place comes near, and tells what is chosen.
// Without it there is nothing in that place: the page has its related things already.
class ForYou extends HTMLElement {
  connectedCallback() {
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.load();
      },
      { rootMargin: "300px" },
    );
    near.observe(this);
    for (const kind of ["click", "auxclick"]) this.addEventListener(kind, (event) => this.tell(event));
  }

  async load() {
    try {
      const answer = await fetch(this.dataset.src);
      if (answer.ok) this.innerHTML = await answer.text();
    } catch {
      // The place closes, as where there is nothing to say.
    }
    this.hidden = !this.firstElementChild;
  }

  tell(event) {
    const card = event.target.closest("a, button") && event.target.closest(".product-card, .service-row");
    if (!card) return;
    const link = card.querySelector("h3 a");
    const id = link.pathname.match(/[0-9a-f-]{36}/)[0];
    const { source } = this.firstElementChild.dataset;
    navigator.sendBeacon(this.dataset.clicks, new URLSearchParams({ id, source, context: this.dataset.context }));
  }
}

customElements.define("for-you", ForYou);
