// Rows dragged by their grip, with a mouse, a pen or a finger. The order is that of the hidden fields in the
// rows, so moving a row is all there is to it; keyboards have the buttons beside.
class SectionOrder extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.addEventListener("pointerdown", (event) => this.take(event));
    this.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) this.addEventListener(type, () => this.drop());
  }

  take(event) {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button || this.closest("fieldset:disabled")) return;
    event.preventDefault();
    this.row = grip.closest("li");
    this.before = this.order();
    this.row.classList.add("section-row--held");
    this.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.row) return;
    const others = [...this.list.children].filter((row) => row !== this.row);
    const after = others.find((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if (this.row.nextElementSibling !== (after ?? null)) this.list.insertBefore(this.row, after ?? null);
    const edge = event.clientY < 80 ? -12 : event.clientY > innerHeight - 80 ? 12 : 0;
    if (edge) scrollBy({ top: edge, behavior: "instant" });
  }

  drop() {
    if (!this.row) return;
    this.row.classList.remove("section-row--held");
    const field = this.row.querySelector("[name=section]");
    this.row = undefined;
    this.settle();
    if (this.order() !== this.before) field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  order() {
    return [...this.list.querySelectorAll("[name=section]")].map((field) => field.value).join();
  }

  // The first cannot go up, the last not down.
  settle() {
    const rows = [...this.list.children];
    for (const row of rows) {
      row.querySelector("[value$=':up']").disabled = row === rows[0];
      row.querySelector("[value$=':down']").disabled = row === rows.at(-1);
    }
  }
}

customElements.define("section-order", SectionOrder);
