// Saves the draft by itself while somebody is at it, and takes over what the server makes of it: after a
// keystroke only what holds no field ([data-live]), after a button the whole form. Without it one presses Save.
class LookEditor extends HTMLElement {
  connectedCallback() {
    this.place = this.querySelector("[data-editor]");
    this.said = this.querySelector("[data-said]");
    this.addEventListener("input", (event) => this.note(event));
    this.addEventListener("change", (event) => this.note(event));
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send({ submitter: event.submitter, isWhole: Boolean(event.submitter?.name || event.submitter?.formAction !== this.form.action) });
    });
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-load]")) this.isDirty = false;
    });
    addEventListener("beforeunload", (event) => this.isDirty && event.preventDefault());
    this.sent = this.list();
  }

  get form() {
    return this.querySelector("#look-form");
  }

  // What the form says, to see whether there is anything to save.
  list() {
    return new URLSearchParams(new FormData(this.form)).toString();
  }

  // Somebody who goes on typing means one change.
  note({ target, type }) {
    const isWhole = target.dataset.whole !== undefined;
    if (!target.name || !target.closest("#look-form") || (isWhole && type === "input")) return;
    if (!isWhole && this.list() === this.sent) return;
    this.isDirty = true;
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.tell(this.dataset.saving);
    this.timer = setTimeout(() => this.send({ isWhole }), isWhole ? 0 : 400);
  }

  async send(what) {
    clearTimeout(this.timer);
    if (this.sending) {
      this.next = what.isWhole || !this.next ? what : this.next;
      return;
    }
    this.sending = true;
    await this.exchange(what);
    this.sending = false;
    const next = this.next;
    this.next = undefined;
    if (next && !this.isStopped) this.send(next);
  }

  async exchange({ submitter, isWhole }) {
    const { form } = this;
    const focused = document.activeElement?.id;
    const body = new FormData(form, submitter?.isConnected ? submitter : undefined);
    const address = submitter?.getAttribute("formaction") || form.action;
    this.place.inert = Boolean(isWhole);
    this.isDirty = false;
    this.sent = this.list();
    this.tell(this.dataset.saving);
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { "X-Part": "editor" } });
      if (answer.redirected) return this.fail(this.dataset.out);
      if (![200, 409, 422].includes(answer.status)) return this.fail(this.dataset.failed);
      const made = document.createElement("template");
      made.innerHTML = await answer.text();
      this.take(made.content, isWhole && answer.status !== 409);
      this.isStopped = answer.status === 409;
      if (isWhole) this.focusAgain(focused, submitter);
    } catch {
      this.fail(this.dataset.failed);
    } finally {
      this.place.inert = false;
    }
  }

  take(made, isWhole) {
    const before = this.querySelector("#look-revision").value;
    if (isWhole) {
      const open = new Map([...this.place.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
      this.place.replaceChildren(made);
      for (const one of this.place.querySelectorAll("details[id]")) one.open = open.get(one.id) || one.open;
    } else {
      for (const part of made.querySelectorAll("[data-live]")) document.getElementById(part.id)?.replaceWith(part);
    }
    const revision = this.querySelector("#look-revision").value;
    this.sent = isWhole ? this.list() : this.sent.replace(/revision=\d+/, `revision=${revision}`);
    this.said.textContent = this.querySelector("#look-status").textContent;
    this.querySelector("#look-again").hidden = true;
    if (revision !== before) this.dispatchEvent(new CustomEvent("look-saved"));
  }

  // Back to where somebody was; where that is gone, to what stands beside it.
  focusAgain(id, submitter) {
    const known = id ? document.getElementById(id) : null;
    const beside = known?.closest("li")?.querySelector("button:not(:disabled)");
    const target = known && !known.disabled ? known : beside || document.getElementById("look-title");
    this.place.inert = false;
    target.focus({ preventScroll: target === known });
    const row = submitter?.name === "move" && known?.closest("li");
    if (!row) return;
    const rows = [...row.parentElement.children];
    const words = { name: row.dataset.name, place: rows.indexOf(row) + 1, count: rows.length };
    this.said.textContent = this.dataset.moved.replace(/%(\w+)/g, (_, name) => words[name]);
  }

  tell(words) {
    this.querySelector("#look-status").textContent = words;
  }

  fail(words) {
    this.isDirty = true;
    this.tell(words);
    this.said.textContent = words;
    this.querySelector("#look-again").hidden = false;
  }
}

customElements.define("look-editor", LookEditor);
