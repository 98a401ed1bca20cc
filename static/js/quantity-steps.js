// Plus and minus beside a quantity; in the cart a change is sent at once.
// Without it the number is typed and the form's own button sends it, or the Enter key.
class QuantitySteps extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.buttons = [...this.querySelectorAll("[data-step]")];
    this.form = this.closest("form");
    if (this.dataset.submits !== undefined) this.input.addEventListener("change", () => this.send());
    for (const button of this.buttons) button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    this.input.addEventListener("input", () => this.settle());
    this.settle();
  }

  step(by) {
    const { min, max } = this.input;
    this.input.value = Math.min(Number(max), Math.max(Number(min), Number(this.input.value || min) + by));
    this.settle();
    this.input.dispatchEvent(new Event("change"));
  }

  settle() {
    const value = Number(this.input.value);
    for (const button of this.buttons) {
      const way = Number(button.dataset.step);
      button.disabled = way > 0 ? value >= Number(this.input.max) : value <= Number(this.input.min);
    }
  }

  // Somebody who presses three times means one change.
  send() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.form.reportValidity() && this.form.submit(), 500);
  }
}

customElements.define("quantity-steps", QuantitySteps);
