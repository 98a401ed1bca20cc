/* <print-button><button>Print</button></print-button>: the browser's own print dialogue. */
customElements.define("print-button", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => window.print());
  }
});
