// The picker and the written colour say the same. What is half written is nobody's business yet.
class ColourField extends HTMLElement {
  connectedCallback() {
    this.picker = this.querySelector("[type=color]");
    this.text = this.querySelector(".colour__hex");
    this.picker.addEventListener("input", () => (this.text.value = this.picker.value));
    this.text.addEventListener("input", (event) => this.read(event));
    this.text.addEventListener("change", () => (this.text.value = this.text.value.trim().toLowerCase()));
  }

  read(event) {
    const said = this.text.value.trim().toLowerCase();
    if (/^#[0-9a-f]{6}$/.test(said)) this.picker.value = said;
    else event.stopPropagation();
  }
}

customElements.define("colour-field", ColourField);
