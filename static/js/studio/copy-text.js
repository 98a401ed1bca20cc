// A button that copies what stands in the field beside it. Without it the text is selected and copied by hand.
class CopyText extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.button = this.querySelector("button");
    this.field.addEventListener("focus", () => this.field.select());
    this.button.addEventListener("click", () => this.copy());
  }

  async copy() {
    this.field.select();
    await navigator.clipboard.writeText(this.field.value);
    this.querySelector("[role=status]").textContent = this.dataset.done;
  }
}

customElements.define("copy-text", CopyText);
