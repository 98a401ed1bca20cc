// Says how much of a text's room is used. Without it the page says how much there is.
class LetterCount extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input, textarea");
    this.count = this.querySelector("[data-count]");
    this.field.addEventListener("input", () => this.say());
    this.say();
  }

  say() {
    const words = { count: [...this.field.value].length, most: this.dataset.most };
    this.count.textContent = this.dataset.words.replace(/%(\w+)/g, (_, name) => words[name]);
  }
}

customElements.define("letter-count", LetterCount);
