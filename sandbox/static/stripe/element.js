// The frame with the fields: what is typed here goes to the API, and the page around it learns the outcome only.
import { CHECKS, digits, readExpiry, showExpiry, showNumber } from "./checks.js";
import { TEXTS } from "./texts.js";

const STORE = new URLSearchParams(location.search).get("parent");
const COUNTRIES = "AT AU BE BR CA CH CZ DE DK ES FI FR GB GR HK HU IE IN IT JP KR LU MX NL NO NZ PL PT RO SE SG TH US VN".split(" ");
// Where Stripe asks for a postal code to check a card.
const WITH_POSTAL_CODE = ["US", "GB", "CA"];
const VARIABLES = { colorPrimary: "color", colorBackground: "color", colorText: "color", colorDanger: "color", fontFamily: "font-family", fontSizeBase: "font-size", borderRadius: "border-radius", spacingUnit: "padding" };
const form = document.querySelector("form");
const field = (name) => form.querySelector(`[data-field=${name}]`);
const control = (name) => document.getElementById(name);
let setup = {};
let texts = TEXTS.en;

const tell = (message) => STORE && window.parent.postMessage(message, STORE);
const notify = (notice, detail) => tell({ notice, detail });
const method = () => form.elements.method.value;
const isHidden = (name) => field(name).hidden;
const fieldNames = () => [...form.querySelectorAll(`[data-method=${method()}] [data-field]`)].map((node) => node.dataset.field).filter((name) => !isHidden(name));
const problemOf = (name) => (CHECKS[name] ? CHECKS[name](control(name).value, control("country").value) : "");

// --- the API ----------------------------------------------------------------------------------------------

const flatten = (values, prefix = "") => Object.entries(values).flatMap(([name, value]) => {
  const path = prefix ? `${prefix}[${name}]` : name;
  if (value === undefined || value === null) return [];
  return typeof value === "object" ? flatten(value, path) : [[path, String(value)]];
});

async function call(verb, path, values) {
  const body = new URLSearchParams(flatten(values));
  const headers = { Authorization: `Bearer ${setup.key}`, ...(setup.stripeAccount && { "Stripe-Account": setup.stripeAccount }) };
  const url = `/stripe/v1/payment_intents/${path}`;
  try {
    const answer = await (verb === "GET" ? fetch(`${url}?${body}`, { headers }) : fetch(url, { method: verb, headers, body }));
    const doc = await answer.json();
    return doc.error ? { error: translate(doc.error) } : { paymentIntent: { ...doc, last_payment_error: translate(doc.last_payment_error) } };
  } catch {
    return { error: { type: "api_connection_error", message: texts.unreachable } };
  }
}

const translate = (error) => error && { ...error, message: texts.errors[error.decline_code] || texts.errors[error.code] || error.message };
const idOf = (clientSecret) => clientSecret.split("_secret_")[0];
const retrieve = (clientSecret) => call("GET", idOf(clientSecret), { client_secret: clientSecret });

// --- what the store's page asks for -------------------------------------------------------------------------

const ACTIONS = {
  async setup(values) {
    setup = values;
    texts = values.locale?.startsWith("de") ? TEXTS.de : TEXTS.en;
    document.documentElement.lang = values.locale || "en";
    if (values.clientSecret) await showForm();
    return {};
  },
  restyle(values) { style(values.appearance || {}); return {}; },
  retrieve: ({ clientSecret }) => retrieve(clientSecret),
  submit() {
    const wrong = fieldNames().filter((name) => showProblem(name));
    if (!wrong.length) return {};
    control(wrong[0]).focus();
    const code = problemOf(wrong[0]);
    return { error: { type: "validation_error", code, message: texts[code] } };
  },
  async confirm({ confirmParams }) {
    const refused = ACTIONS.submit();
    if (refused.error) return refused;
    const { return_url, receipt_email, shipping, payment_method_data: given = {} } = confirmParams;
    const payment_method_data = { ...methodData(), billing_details: billingDetails(given.billing_details) };
    const values = { client_secret: setup.clientSecret, return_url, receipt_email, shipping, payment_method_data, use_stripe_sdk: true };
    return call("POST", `${idOf(setup.clientSecret)}/confirm`, values);
  },
  focus() { control(fieldNames()[0]).focus(); return {}; },
  blur() { document.activeElement.blur(); return {}; },
  clear() { form.reset(); showMethod(); return {}; },
};

function methodData() {
  if (method() === "sepa_debit") return { type: "sepa_debit", sepa_debit: { iban: control("iban").value.replace(/\s/g, "") } };
  const { month, year } = readExpiry(control("expiry").value);
  return { type: "card", card: { number: digits(control("number").value), exp_month: month, exp_year: year, cvc: control("cvc").value.trim() } };
}

function billingDetails(given = {}) {
  const value = (name) => (fieldNames().includes(name) ? control(name).value.trim() : undefined);
  const address = { ...given.address, country: value("country") ?? given.address?.country, postal_code: value("postal_code") ?? given.address?.postal_code };
  return { ...given, name: value("name") ?? given.name, email: value("email") ?? given.email, address };
}

// --- the form ---------------------------------------------------------------------------------------------

async function showForm() {
  style(setup.appearance || {});
  const { paymentIntent: intent, error } = await retrieve(setup.clientSecret);
  if (error) return notify("loaderror", { error });
  if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(intent.status)) {
    const message = "The provided PaymentIntent is in a terminal state and cannot be used to initialize Elements.";
    return notify("loaderror", { error: { type: "invalid_request_error", code: "payment_intent_unexpected_state", message } });
  }
  const hasDebit = intent.payment_method_types.includes("sepa_debit") && intent.capture_method !== "manual";
  form.querySelector(".methods").hidden = !hasDebit;
  for (const node of form.querySelectorAll("[data-text]")) node.textContent = texts[node.dataset.text];
  fillCountries();
  fillDefaults(setup.options?.defaultValues?.billingDetails || {});
  showMethod();
  form.hidden = false;
  new ResizeObserver(() => notify("height", Math.ceil(document.body.getBoundingClientRect().height))).observe(document.body);
  notify("ready");
}

function style({ theme = "stripe", variables = {} }) {
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.style.colorScheme = theme === "night" ? "dark" : "light";
  for (const [name, property] of Object.entries(VARIABLES)) {
    if (variables[name] && CSS.supports(property, variables[name])) root.style.setProperty(`--${name}`, variables[name]);
  }
}

function fillCountries() {
  const names = new Intl.DisplayNames([document.documentElement.lang, "en"], { type: "region" });
  const options = COUNTRIES.map((code) => new Option(names.of(code), code)).sort((a, b) => a.text.localeCompare(b.text));
  control("country").replaceChildren(...options);
  const likely = [setup.locale?.split("-")[1], texts === TEXTS.de ? "DE" : navigator.language.split("-")[1], "US"];
  control("country").value = likely.find((code) => COUNTRIES.includes(code));
}

function fillDefaults({ name = "", email = "", address = {} }) {
  Object.assign(control("name"), { value: name });
  Object.assign(control("email"), { value: email });
  if (COUNTRIES.includes(address.country)) control("country").value = address.country;
  control("postal_code").value = address.postal_code || "";
}

// "never" says that the page itself brings what is not asked for.
const isAsked = (...path) => path.reduce((found, name) => (typeof found === "object" ? found[name] : found), setup.options?.fields?.billingDetails) !== "never";

function showMethod() {
  for (const node of form.querySelectorAll(".fields")) node.hidden = node.dataset.method !== method();
  field("country").hidden = !isAsked("address", "country");
  field("postal_code").hidden = !isAsked("address", "postalCode") || !WITH_POSTAL_CODE.includes(control("country").value);
  form.querySelector("label[for=postal_code]").textContent = texts[control("country").value === "US" ? "zip" : "postal_code"];
  field("name").hidden = !isAsked("name");
  field("email").hidden = !isAsked("email");
}

function showProblem(name) {
  const code = problemOf(name);
  const place = document.getElementById(`${name}-problem`);
  if (!place) return "";
  Object.assign(place, { textContent: code ? texts[code] : "", hidden: !code });
  control(name).setAttribute("aria-invalid", String(Boolean(code)));
  return code;
}

function tellChange() {
  const names = fieldNames();
  const empty = names.every((name) => name === "country" || !control(name).value.trim());
  notify("change", { complete: !names.some(problemOf), empty, collapsed: false, value: { type: method() } });
}

form.addEventListener("input", ({ target }) => {
  if (target.id === "number" && target.selectionEnd === target.value.length) target.value = showNumber(target.value);
  if (target.id === "expiry" && target.selectionEnd === target.value.length) target.value = showExpiry(target.value);
  if (target.name === "method" || target.id === "country") showMethod();
  if (target.getAttribute("aria-invalid") === "true") showProblem(target.id);
  tellChange();
});
// Leaving an empty field is no mistake yet.
form.addEventListener("focusout", ({ target }) => target.value?.trim() && CHECKS[target.id] && showProblem(target.id));
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("message", async ({ origin, source, data }) => {
  if (origin !== STORE || source !== window.parent || !Object.hasOwn(ACTIONS, data.action)) return;
  tell({ reply: data.ask, result: await ACTIONS[data.action](data.values || {}) });
});
notify("hello");
