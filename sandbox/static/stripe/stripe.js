// Stands in for Stripe.js: the part that runs in the store's page, and never sees what is typed into the frames.
// Source: https://docs.stripe.com/js
(() => {
  const ORIGIN = new URL(document.currentScript.src).origin;
  const HELLO_MS = 3000;

  class IntegrationError extends Error { name = "IntegrationError"; }
  const must = (holds, message) => { if (!holds) throw new IntegrationError(message); };
  const idOf = (clientSecret) => {
    must(/^pi_\w+_secret_\w+$/.test(clientSecret || ""), "Invalid value: clientSecret should be a client secret of the form ${id}_secret_${secret}.");
    return clientSecret.split("_secret_")[0];
  };
  const addressOf = (path, values) => {
    const url = new URL(path, ORIGIN);
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    return url.href;
  };

  // A frame of Stripe's origin. Both sides look at where a message comes from and say where it may go.
  class Frame {
    #count = 0;
    #waiting = new Map();
    #listen = (event) => {
      if (event.origin !== ORIGIN || event.source !== this.node.contentWindow) return;
      const { reply, result, notice, detail } = event.data;
      if (reply) { this.#waiting.get(reply)?.(result); this.#waiting.delete(reply); }
      if (notice) this.onnotice(notice, detail);
    };

    constructor(setup, onnotice) {
      this.onnotice = (notice, detail) => {
        if (notice === "hello") { this.heard = true; this.ask("setup", setup).then(this.begun); }
        else onnotice(notice, detail);
      };
      this.ready = new Promise((resolve) => { this.begun = resolve; });
      this.node = document.createElement("iframe");
      Object.assign(this.node, { title: "Secure payment input frame", allow: "payment *", src: addressOf("/stripe/elements/", { parent: location.origin }) });
      const night = setup.appearance?.theme === "night";
      Object.assign(this.node.style, { border: "0", width: "100%", height: "1px", display: "block", colorScheme: night ? "dark" : "light" });
      // A page that does not come at all is loaded, too: the browser's own, which says nothing.
      this.node.addEventListener("load", () => setTimeout(() => this.heard || onnotice("lost"), HELLO_MS));
      addEventListener("message", this.#listen);
    }

    ask(action, values) {
      return new Promise((resolve) => {
        this.#waiting.set(++this.#count, resolve);
        this.node.contentWindow.postMessage({ ask: this.#count, action, values }, ORIGIN);
      });
    }

    close() { removeEventListener("message", this.#listen); this.node.remove(); }
  }

  class PaymentElement {
    #handlers = {};
    constructor(setup, options) { this.setup = { ...setup, options }; }

    on(name, handler) { (this.#handlers[name] ||= []).push(handler); return this; }
    off(name, handler) { this.#handlers[name] = (this.#handlers[name] || []).filter((known) => handler && known !== handler); return this; }
    once(name, handler) { const first = (event) => { this.off(name, first); handler(event); }; return this.on(name, first); }
    #tell(name, detail) { for (const handler of this.#handlers[name] || []) handler({ elementType: "payment", ...detail }); }

    mount(place) {
      const node = typeof place === "string" ? document.querySelector(place) : place;
      must(node, "The selector you specified applies to no DOM elements that are currently on the page.");
      this.unmount();
      this.frame = new Frame(this.setup, (notice, detail) => {
        if (notice === "height") this.frame.node.style.height = `${detail}px`;
        else if (notice === "lost") this.#tell("loaderror", { error: { type: "api_connection_error", message: "The payment form could not be loaded." } });
        else this.#tell(notice, detail);
      });
      node.replaceChildren(this.frame.node);
    }
    unmount() { this.frame?.close(); this.frame = null; }
    destroy() { this.unmount(); }
    update(options) { Object.assign(this.setup.options, options); }
    focus() { this.frame?.node.focus(); this.frame?.ask("focus"); }
    blur() { this.frame?.ask("blur"); }
    clear() { this.frame?.ask("clear"); }
    collapse() { /* one method is always open here */ }
  }

  class Elements {
    #element = null;
    constructor(setup) { this.setup = setup; }
    create(type, options = {}) {
      must(type === "payment", `The sandbox has the payment element only, not ${type}.`);
      must(!this.#element, "Can only create one Element of type payment.");
      return (this.#element = new PaymentElement(this.setup, options));
    }
    getElement(type) { return type === "payment" || type === PaymentElement ? this.#element : null; }
    update(options) { Object.assign(this.setup, options); this.#element?.frame?.ask("restyle", options); }
    async fetchUpdates() { return {}; }
    async submit() { return this.frame().ask("submit"); }
    frame() {
      must(this.#element?.frame, "Invalid value for elements: it should have a mounted Payment Element.");
      return this.#element.frame;
    }
  }

  // The bank's window. The client leaves it by one of its buttons; Escape would leave the payment hanging.
  const askBank = (intent, locale) => new Promise((resolve) => {
    const action = intent.next_action;
    const dialog = document.createElement("dialog");
    const frame = document.createElement("iframe");
    const path = action.type === "redirect_to_url" ? action.redirect_to_url.url : action.use_stripe_sdk.stripe_js;
    Object.assign(frame, { title: "3-D Secure", src: addressOf(path, { parent: location.origin, locale }) });
    Object.assign(frame.style, { border: "0", width: "100%", height: "min(22rem, 80vh)", display: "block", colorScheme: "light" });
    Object.assign(dialog.style, { border: "0", margin: "auto", padding: "0", borderRadius: "10px", overflow: "hidden", width: "min(26rem, calc(100vw - 2rem))", background: "#fff" });
    dialog.setAttribute("aria-label", "3-D Secure");
    dialog.append(frame);
    const listen = (event) => {
      if (event.origin !== ORIGIN || event.source !== frame.contentWindow) return;
      if (event.data.challenge === "open") frame.focus();
      if (event.data.challenge === "answered") dialog.close();
    };
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => { removeEventListener("message", listen); dialog.remove(); resolve(); }, { once: true });
    addEventListener("message", listen);
    document.body.append(dialog);
    dialog.showModal();
  });

  const asResult = (intent) => intent.status === "requires_payment_method" && intent.last_payment_error
    ? { error: { ...intent.last_payment_error, payment_intent: intent } } : { paymentIntent: intent };

  window.Stripe = (key, { stripeAccount, locale = "auto" } = {}) => {
    must(typeof key === "string" && key, "Missing value for Stripe(): apiKey should be a string.");
    must(key.startsWith("pk_"), "You should not use your secret key with Stripe.js.\n\nPlease pass a publishable key instead.");
    const known = { key, stripeAccount, locale };
    const tongue = (wish = locale) => (wish === "auto" ? navigator.language : wish);
    let own = null; // a hidden frame for what needs no element

    const ask = async (action, values) => {
      if (!own) {
        own = new Frame({ ...known, locale: tongue() }, (notice) => notice === "lost" && own.begun());
        own.node.style.display = "none";
        document.body.append(own.node);
      }
      await own.ready;
      if (!own.heard) return { error: { type: "api_connection_error", message: "We are having trouble connecting." } };
      return own.ask(action, values);
    };
    const retrieve = async (clientSecret) => { idOf(clientSecret); return ask("retrieve", { clientSecret }); };
    const finish = async (clientSecret, first) => {
      if (first.error || first.paymentIntent.status !== "requires_action") return first;
      await askBank(first.paymentIntent, tongue());
      const found = await retrieve(clientSecret);
      return found.error ? found : asResult(found.paymentIntent);
    };

    return {
      elements({ clientSecret, appearance = {}, locale: wish, ...rest } = {}) {
        must(!rest.mode, "The sandbox makes elements of a clientSecret only, not of a mode.");
        idOf(clientSecret);
        return new Elements({ ...known, clientSecret, appearance, locale: tongue(wish) });
      },
      async confirmPayment({ elements, confirmParams = {}, redirect = "always" } = {}) {
        must(elements instanceof Elements, "Missing value for stripe.confirmPayment(): elements should be given.");
        must(["always", "if_required"].includes(redirect), "redirect must be one of always, if_required.");
        must(confirmParams.return_url || redirect === "if_required", "stripe.confirmPayment(): the `confirmParams.return_url` argument is required when using the Payment Element.");
        const { clientSecret } = elements.setup;
        const result = await finish(clientSecret, await elements.frame().ask("confirm", { confirmParams }));
        if (result.error || redirect === "if_required") return result;
        location.assign(addressOf(new URL(confirmParams.return_url, location.href), {
          payment_intent: idOf(clientSecret), payment_intent_client_secret: clientSecret, redirect_status: result.paymentIntent.status === "processing" ? "pending" : "succeeded",
        }));
        return new Promise(() => {}); // the page is being left
      },
      retrievePaymentIntent: retrieve,
      async handleNextAction({ clientSecret } = {}) { return finish(clientSecret, await retrieve(clientSecret)); },
    };
  };
  window.Stripe.version = "sandbox";
})();
