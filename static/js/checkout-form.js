// Another country's fields at once, and one order for an impatient finger.
// Without it a button changes the country, and the server knows a double click for what it is.
class CheckoutForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const refresh = this.querySelector("[data-refresh]");
    if (refresh) this.querySelector("#country").addEventListener("change", () => form.requestSubmit(refresh));
    form.addEventListener("submit", (event) => {
      if (this.isSent) event.preventDefault();
      this.isSent = true;
    });
    // Back from the payment page: the form is to be used again.
    addEventListener("pageshow", () => (this.isSent = false));
  }
}

customElements.define("checkout-form", CheckoutForm);
// Errors are read first: the summary takes the focus.
document.querySelector(".notice[role=alert][tabindex]")?.focus();
