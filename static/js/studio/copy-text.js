// A button that copies the text beside it. Without it the text is marked by hand; one tap marks all of it.
class CopyText extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("code");
    this.label = this.querySelector("[data-label]");
    this.says = this.label.textContent;
    this.label.setAttribute("aria-live", "polite");
    this.querySelector("button").addEventListener("click", () => this.copy());
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.text.textContent);
    } catch {
      getSelection().selectAllChildren(this.text); // not allowed to: the reader can copy what is marked
      return;
    }
    this.label.textContent = this.dataset.done;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.label.textContent = this.says; }, 2000);
  }
}

customElements.define("copy-text", CopyText);
