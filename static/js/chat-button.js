// Opens the conversation as a panel over the page: all of the screen on a phone, a corner of it elsewhere.
// Without it the link leads to the same conversation on a page of its own.
class ChatButton extends HTMLElement {
  connectedCallback() {
    this.link = this.querySelector("a");
    this.link.setAttribute("aria-haspopup", "dialog");
    this.link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.open();
    });
  }

  async open() {
    this.dialog ??= this.build();
    // A corner of a large screen leaves the page usable; on a phone the panel is the page.
    if (matchMedia("(min-width: 40rem)").matches) this.dialog.show();
    else this.dialog.showModal();
    this.link.setAttribute("aria-expanded", "true");
    if (!this.dialog.querySelector("chat-talk")) await this.load();
    this.dialog.querySelector("textarea")?.focus();
  }

  build() {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: this.dataset.sheet });
    document.head.insertBefore(sheet, document.querySelector('link[href*="/theme-"]'));
    const dialog = document.createElement("dialog");
    dialog.className = "chat-panel";
    dialog.setAttribute("aria-label", this.dataset.label);
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && dialog.close());
    dialog.addEventListener("close", () => {
      this.link.setAttribute("aria-expanded", "false");
      this.link.focus();
    });
    return document.body.appendChild(dialog);
  }

  async load() {
    const url = new URL(this.dataset.panel, location.href);
    url.searchParams.set("page", location.pathname);
    try {
      const [answer] = await Promise.all([fetch(url), import(this.dataset.script)]);
      if (!answer.ok) throw new Error(answer.status);
      this.dialog.innerHTML = await answer.text();
      this.addCloseButton();
    } catch {
      location.href = this.link.href; // the page says what is wrong
    }
  }

  addCloseButton() {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "icon-button";
    close.setAttribute("aria-label", this.dataset.close);
    close.innerHTML =
      '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"/></svg>';
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.querySelector(".chat__head").append(close);
  }
}

customElements.define("chat-button", ChatButton);
