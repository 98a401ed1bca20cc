// What the fields must hold, in Stripe's words for what is wrong: each answers a code, or "" where all is well.
const luhn = (number) => [...number].reverse()
  .reduce((sum, digit, place) => sum + (place % 2 ? Math.floor(digit * 2 / 10) + (digit * 2) % 10 : +digit), 0) % 10 === 0;
const lengthOf = (number) => (/^3[47]/.test(number) ? 15 : 16);
export const digits = (text) => text.replace(/\D/g, "");

export const showNumber = (text) => {
  const number = digits(text).slice(0, 19);
  return (/^3[47]/.test(number) ? number.replace(/^(.{4})(.{1,6})?(.+)?$/, "$1 $2 $3") : number.replace(/(.{4})/g, "$1 ")).trim();
};
export const showExpiry = (text) => {
  const number = (/^[2-9]/.test(digits(text)) ? "0" : "") + digits(text);
  return number.length > 2 ? `${number.slice(0, 2)} / ${number.slice(2, 4)}` : number;
};
export const readExpiry = (text) => ({ month: +digits(text).slice(0, 2), year: 2000 + +digits(text).slice(2, 4) });

export const CHECKS = {
  number: (text) => (digits(text).length < lengthOf(digits(text)) ? "incomplete_number" : luhn(digits(text)) ? "" : "invalid_number"),
  expiry: (text) => {
    const { month, year } = readExpiry(text);
    if (digits(text).length < 4) return "incomplete_expiry";
    if (month < 1 || month > 12) return "invalid_expiry_month";
    return new Date(year, month, 1) <= new Date() ? "invalid_expiry_year_past" : "";
  },
  cvc: (text) => (/^\d{3,4}$/.test(text.trim()) ? "" : "incomplete_cvc"),
  postal_code: (text, country) => (country === "US" ? (/^\d{5}(-?\d{4})?$/.test(text.trim()) ? "" : "incomplete_zip") : text.trim() ? "" : "incomplete_postal_code"),
  iban: (text) => (text.replace(/\s/g, "").length < 15 ? "incomplete_iban" : /^[A-Z]{2}\d{2}[A-Z0-9]+$/i.test(text.replace(/\s/g, "")) ? "" : "invalid_iban"),
  name: (text) => (text.trim() ? "" : "incomplete_name"),
  email: (text) => (/^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(text.trim()) ? "" : "incomplete_email"),
};
