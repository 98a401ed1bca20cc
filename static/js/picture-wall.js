// Leafs from one enlarged picture to the next, with its buttons or the arrow keys.
// Without it every picture still opens and closes on its own (popovertarget).
class PictureWall extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-show]");
      if (button) this.leaf(button.closest("[popover]"), button.dataset.show);
    });
    this.addEventListener("keydown", (event) => {
      const name = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
      const open = this.querySelector(":popover-open");
      open?.querySelector(`[data-way="${name}"]`)?.click();
    });
  }

  // Focus stays on the same button, so that Enter leafs on.
  leaf(from, key) {
    const way = document.activeElement?.dataset?.way;
    const to = document.getElementById(key);
    from.hidePopover();
    to.showPopover();
    (to.querySelector(`[data-way="${way}"]`) ?? to.querySelector("[popovertarget]")).focus();
  }
}

customElements.define("picture-wall", PictureWall);
