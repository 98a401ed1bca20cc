// Sends a message without leaving the page and shows the answer. Without it the form does the same by a reload.
class ChatTalk extends HTMLElement {
  connectedCallback() {
    this.log = this.querySelector(".chat__log");
    this.form = this.querySelector(".chat__form");
    this.field = this.form.elements.message;
    this.quick = this.querySelector("[data-quick]");
    this.addEventListener("submit", (event) => this.submit(event));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    this.scroll();
  }

  submit(event) {
    if (!event.target.matches(".chat__form, [data-quick]")) return; // "Add to cart" goes its own way
    event.preventDefault();
    const picked = event.submitter?.name === "message" ? event.submitter.value : "";
    const text = (picked || this.field.value).trim();
    if (text && !this.isBusy) this.send(text, !picked);
  }

  async send(text, isTyped) {
    this.isBusy = true;
    this.log.querySelectorAll('[role="alert"]').forEach((notice) => notice.remove());
    const said = this.say(text);
    const waiting = this.show("waiting");
    if (isTyped) this.field.value = "";
    const answer = await this.ask(text);
    waiting.remove();
    if (answer.data) this.answer(answer.data);
    else {
      said.remove();
      if (!this.field.value) this.field.value = text;
      this.showTrouble(answer.error);
    }
    this.isBusy = false;
  }

  async ask(text) {
    try {
      const response = await fetch(this.dataset.api, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message: text, page: this.form.elements.page.value }),
      });
      return await response.json();
    } catch {
      return {};
    }
  }

  answer({ html, notice, suggestions }) {
    if (notice && !this.wasOut) this.show("outage");
    this.wasOut = Boolean(notice);
    const before = this.log.lastElementChild;
    this.log.insertAdjacentHTML("beforeend", html); // made by our server; scripts in it would not run
    this.quick.querySelectorAll("button").forEach((button) => button.remove());
    for (const text of suggestions) this.quick.append(this.makeChip(text));
    this.quick.hidden = !suggestions.length;
    this.scroll(before.nextElementSibling);
  }

  say(text) {
    const turn = document.createElement("div");
    turn.className = "turn turn--client";
    turn.append(Object.assign(document.createElement("p"), { textContent: text }));
    this.log.append(turn);
    this.scroll();
    return turn;
  }

  showTrouble(error) {
    const notice = this.show(navigator.onLine ? "trouble" : "offline");
    if (error?.message) notice.querySelector(".notice__text").textContent = error.message;
  }

  show(name) {
    const copy = this.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
    this.log.append(copy);
    this.scroll();
    return copy;
  }

  makeChip(text) {
    const chip = { type: "submit", name: "message", value: text, textContent: text, className: "chip" };
    return Object.assign(document.createElement("button"), chip);
  }

  // A long answer is read from its beginning.
  scroll(to = this.log.lastElementChild) {
    const top = to ? to.offsetTop - this.log.offsetTop - 16 : this.log.scrollHeight;
    this.log.scrollTo({ top: Math.min(top, this.log.scrollHeight) });
  }
}

customElements.define("chat-talk", ChatTalk);
