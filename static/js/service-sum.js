// Keeps the price and length of a service in step with the add-ons that are ticked.
// Without it the page shows the service alone and the next page sums up.
class ServiceSum extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form) return;
    this.money = new Intl.NumberFormat(this.dataset.locale, {
      style: "currency",
      currency: this.dataset.currency,
      currencyDisplay: this.dataset.currencyDisplay,
      trailingZeroDisplay: "stripIfInteger",
    });
    this.form.addEventListener("change", () => this.update());
    this.update();
  }

  update() {
    let price = Number(this.dataset.price);
    let minutes = Number(this.dataset.minutes);
    for (const input of this.form.querySelectorAll("input[name=add]")) {
      const line = this.querySelector(`[data-add-on="${CSS.escape(input.value)}"]`);
      if (line) line.hidden = !input.checked;
      if (!input.checked) continue;
      price += Number(input.dataset.price);
      minutes += Number(input.dataset.minutes);
    }
    const total = this.money.format(price);
    this.show("total", total);
    this.show("price", this.dataset.from.replace("{price}", total));
    this.show("duration", this.length(minutes));
  }

  // The words come from the page, in its language; store/formats.py makes the same choice.
  length(minutes) {
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    const { minutesText, hoursText, bothText } = this.dataset;
    const isShort = minutes < 120 && (minutes <= 90 || rest === 0);
    if (isShort) return minutesText.replace("{minutes}", minutes);
    return (rest ? bothText : hoursText).replace("{hours}", hours).replace("{minutes}", rest);
  }

  // The bar at the foot of a phone stands outside this element.
  show(name, text) {
    for (const place of document.querySelectorAll(`[data-sum="${name}"]`)) {
      if (place.textContent !== text) place.textContent = text;
    }
  }
}

customElements.define("service-sum", ServiceSum);
