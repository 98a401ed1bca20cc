// Says how many minutes a held time is still held. Without it the page says until when.
class HoldClock extends HTMLElement {
  connectedCallback() {
    this.place = this.querySelector("[data-left]");
    this.until = Date.parse(this.dataset.until);
    this.tick();
    this.timer = setInterval(() => this.tick(), 15000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const minutes = Math.ceil((this.until - Date.now()) / 60000);
    const words = minutes > 0 ? this.dataset.minutes.replace("{minutes}", minutes) : this.dataset.over;
    if (this.place.textContent !== words) this.place.textContent = words;
    if (minutes <= 0) clearInterval(this.timer);
  }
}

customElements.define("hold-clock", HoldClock);
