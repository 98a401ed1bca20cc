// The draft beside the form: in two sizes, light and dark, loaded anew where the draft has changed.
class PreviewFrame extends HTMLElement {
  connectedCallback() {
    this.frame = this.querySelector("iframe");
    for (const button of this.querySelectorAll("[data-size]")) button.addEventListener("click", () => this.size(button));
    const dark = this.querySelector("[data-dark]");
    dark.addEventListener("click", () => this.turn(dark));
    this.closest("look-editor").addEventListener("look-saved", () => this.load(this.address()));
  }

  size(button) {
    for (const one of this.querySelectorAll("[data-size]")) one.setAttribute("aria-pressed", String(one === button));
    this.classList.toggle("preview--wide", button.dataset.size === "wide");
  }

  turn(button) {
    const isDark = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isDark));
    this.load(this.address().replace(/^(\/preview\/[^/]+\/)\w+/, `$1${isDark ? "dark" : "light"}`));
  }

  // Where somebody has got to inside the frame; what is not ours, or not loaded yet, begins anew.
  address() {
    const path = this.frame.contentWindow?.location.pathname ?? "";
    return path.startsWith("/preview/") ? path : this.frame.getAttribute("src");
  }

  load(address) {
    const { scrollY } = this.frame.contentWindow;
    this.frame.addEventListener("load", () => this.frame.contentWindow.scrollTo({ top: scrollY, behavior: "instant" }), { once: true });
    this.frame.contentWindow.location.replace(address);
  }
}

customElements.define("preview-frame", PreviewFrame);
