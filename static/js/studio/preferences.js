// Counts, examples and previews beside the forms of the settings. Without it the page says the limits and
// shows what is saved.

// Letters as the server counts them: a line break is one, an emoji is one.
class LetterCount extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input, textarea");
    this.place = this.querySelector("[data-count]");
    this.field.addEventListener("input", () => this.count());
    this.count();
  }

  count() {
    const count = [...this.field.value.trim().normalize("NFC")].length;
    const most = Number(this.dataset.most);
    const words = count > most ? this.dataset.over : this.dataset.words;
    this.toggleAttribute("data-is-over", count > most);
    this.place.textContent = words.replace("{count}", count).replace("{most}", most).replace("{over}", count - most);
  }
}

// What is chosen, as the server writes it.
class FormatExample extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.place = this.querySelector("[data-example]");
    this.form.addEventListener("change", () => this.show());
  }

  async show() {
    this.waiting?.abort();
    this.waiting = new AbortController();
    const chosen = new URLSearchParams(new FormData(this.form));
    chosen.delete("csrfmiddlewaretoken");
    try {
      const answer = await fetch(`${this.dataset.src}?${chosen}`, { signal: this.waiting.signal });
      if (answer.ok) this.place.innerHTML = await answer.text();
    } catch {
      // A later change asks again; what is saved is right in any case.
    }
  }
}

// Says what stands in a field, or what will stand there without it.
class FollowField extends HTMLElement {
  connectedCallback() {
    const field = document.getElementById(this.dataset.field);
    field.addEventListener("input", () => {
      this.textContent = field.value.trim() || this.dataset.instead;
    });
  }
}

// Each form is saved by itself: says which ones are not yet, and has the browser ask before they are lost.
class SavedApart extends HTMLElement {
  connectedCallback() {
    this.unsaved = new Set();
    this.addEventListener("input", (event) => this.mark(event.target.form));
    this.addEventListener("submit", (event) => this.unsaved.delete(event.target));
    addEventListener("beforeunload", (event) => {
      if (this.unsaved.size) event.preventDefault();
    });
  }

  mark(form) {
    const place = form?.querySelector("[data-unsaved]");
    if (!place || this.unsaved.has(form)) return;
    this.unsaved.add(form);
    place.textContent = this.dataset.words;
  }
}

customElements.define("letter-count", LetterCount);
customElements.define("format-example", FormatExample);
customElements.define("follow-field", FollowField);
customElements.define("saved-apart", SavedApart);
