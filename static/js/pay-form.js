// Stripe's Payment Element in the store's colours. Card data is typed into Stripe's frame and never here.
// Without it the page says that paying needs JavaScript.
const ELEMENT_SECONDS = 15;

class PayForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("[data-form]");
    this.button = this.querySelector("[data-pay]");
    this.label = this.button.textContent;
    this.words = JSON.parse(this.querySelector("#pay-problems").textContent);
    this.querySelector("[data-reload]").addEventListener("click", () => location.reload());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.pay();
    });
    if (window.Stripe) this.mount();
    else this.giveUp();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.elements?.update({ appearance: this.appearance() });
    });
    // Back from the bank's page: the button is to be pressed again.
    addEventListener("pageshow", () => this.elements && this.rest());
  }

  mount() {
    const { key, account, secret, locale } = this.dataset;
    this.stripe = window.Stripe(key, { locale, ...(account && { stripeAccount: account }) });
    this.elements = this.stripe.elements({ clientSecret: secret, locale, appearance: this.appearance() });
    const element = this.elements.create("payment", { layout: "tabs" });
    const patience = setTimeout(() => this.giveUp(), ELEMENT_SECONDS * 1000);
    element.on("ready", () => {
      clearTimeout(patience);
      this.querySelector("[data-loading]").hidden = true;
      this.querySelector("[data-reload]").hidden = true;
      this.rest();
    });
    element.on("loaderror", () => {
      clearTimeout(patience);
      this.giveUp();
    });
    element.on("change", () => this.say(""));
    element.mount(this.querySelector("[data-element]"));
  }

  async pay() {
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.button.setAttribute("aria-busy", "true");
    this.button.textContent = this.dataset.busy;
    this.say("");
    try {
      const confirmParams = { return_url: this.dataset.return };
      // On success Stripe leads to the return page; whoever comes back here has a problem.
      const { error } = await this.stripe.confirmPayment({ elements: this.elements, confirmParams });
      if (error) this.explain(error);
    } catch {
      this.say(this.words[""]);
    }
    this.rest();
  }

  explain(error) {
    if (error.payment_intent && !/^requires_(payment_method|confirmation|action)$/.test(error.payment_intent.status)) {
      location.href = this.dataset.return; // paid already, in another window perhaps
      return;
    }
    if (error.type === "validation_error") return; // the element says it beside the field
    this.say(this.words[error.decline_code] || this.words[error.code] || error.message || this.words[""]);
  }

  say(text) {
    const box = this.querySelector("[data-problem]");
    this.querySelector("[data-problem-text]").textContent = text;
    box.hidden = !text;
  }

  rest() {
    this.button.disabled = false;
    this.button.removeAttribute("aria-busy");
    this.button.textContent = this.label;
  }

  giveUp() {
    this.querySelector("[data-loading]").hidden = true;
    this.querySelector("[data-reload]").hidden = false;
    this.button.hidden = true;
    this.say(this.dataset.unloadable);
  }

  // Stripe's frame knows no custom properties, and colours only as rgb().
  appearance() {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const style = getComputedStyle(this.querySelector(".pay-box"));
    const resolve = (name) => {
      const span = this.appendChild(document.createElement("span"));
      span.style.color = `var(--${name})`;
      probe.fillStyle = getComputedStyle(span).color;
      span.remove();
      probe.fillRect(0, 0, 1, 1);
      return `rgb(${[...probe.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
    };
    const variables = {
      colorPrimary: resolve("brand"),
      colorText: resolve("ink"),
      colorTextSecondary: resolve("ink-muted"),
      colorBackground: resolve("surface-raised"),
      colorDanger: resolve("danger"),
      fontFamily: "system-ui, sans-serif",
      fontSizeBase: "16px",
      borderRadius: style.borderRadius,
    };
    const [red, green, blue] = variables.colorBackground.match(/\d+/g).map(Number);
    return { theme: red + green + blue < 384 ? "night" : "stripe", variables };
  }
}

customElements.define("pay-form", PayForm);
