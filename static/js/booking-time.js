// Another day without a new page, and the chosen time in the summary and in the bar.
// Without it every day is a link and the slot itself shows that it is chosen.
class BookingTime extends HTMLElement {
  connectedCallback() {
    this.times = this.querySelector("#times");
    this.addEventListener("change", (event) => {
      if (event.target.name === "slot") this.say(event.target.dataset.when);
    });
    this.addEventListener("click", (event) => {
      const link = event.target.closest(".day[href], .nav-pair a, .empty a");
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.open(link.href, true);
    });
    addEventListener("popstate", () => this.open(location.href, false));
    this.settle();
  }

  // The server sends the same piece of the page that it would have printed whole.
  async open(url, isNew) {
    try {
      this.times.setAttribute("aria-busy", "true");
      const answer = await fetch(url, { headers: { "HX-Target": "times" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      this.times.innerHTML = await answer.text();
      if (isNew) history.pushState(null, "", url);
    } catch {
      location.href = url;
      return;
    }
    this.times.removeAttribute("aria-busy");
    this.settle();
    if (isNew) this.querySelector(".day[aria-current]")?.focus({ preventScroll: true });
  }

  settle() {
    const chosen = this.querySelector("input[name=slot]:checked");
    const title = this.querySelector("#day-title");
    this.say(chosen ? chosen.dataset.when : "", title ? title.textContent : "");
    const hasTimes = this.querySelector("input[name=slot]") !== null;
    for (const button of document.querySelectorAll("button[form=time-form]")) button.disabled = !hasTimes;
    for (const item of this.querySelectorAll(".day[aria-current], .chip[aria-current]")) {
      const strip = item.closest(".days, .chips");
      strip.scrollLeft = item.offsetLeft - strip.offsetLeft - (strip.clientWidth - item.offsetWidth) / 2;
    }
  }

  say(when, otherwise) {
    const row = this.querySelector("[data-when-row]");
    if (row) row.hidden = !when;
    for (const place of document.querySelectorAll("[data-when]:not(input)")) place.textContent = when || otherwise;
  }
}

customElements.define("booking-time", BookingTime);
