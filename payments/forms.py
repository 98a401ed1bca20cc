"""What checkout asks: who, how it travels, and where to."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from catalog.schemas import Business
from payments.addresses import FIELDS, AddressField, check_address, is_country, shape_of
from payments.models import Order
from payments.pricing import list_methods
from store import formats
from store.forms import ContactForm, refuse_control_characters
from store.tenancy import current_store

MAX_LINE = 120


class CheckoutForm(ContactForm):
    """`cleaned_data` holds ContactForm's, `method`, and `address` (None where it is picked up).

    The address fields are those of the chosen country; the country is one the salon ships to.
    """

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, country=business.address.country, **kwargs)
        self.fields["email"].help_text = _("For the receipt and the news")
        self.methods = list_methods(business.shipping)
        self.countries = [code for code in map(str.upper, business.shipping.countries) if is_country(code)]
        if not self.countries:
            self.methods = tuple(method for method in self.methods if method != Order.Method.SHIPPING)
        self.fields["method"] = _choose_method(self.methods)
        self.chosen_method = self._chosen_method()
        self.shape = shape_of(self._chosen_country()) if Order.Method.SHIPPING in self.methods else None
        if self.shape:
            self.fields["country"] = _choose_country(self.countries, self.shape.country)
            for field in self.shape.fields:
                self.fields[field.name] = _ask_for(field)

    @property
    def address_rows(self) -> list[list[BoundField]]:
        """As they are printed: those of one line beside each other."""
        return [[self[field.name] for field in row] for row in self.shape.rows] if self.shape else []

    def _chosen_method(self) -> str:
        said = str(self.data.get("method", "")) if self.is_bound else str(self.initial.get("method", ""))
        return said if said in self.methods else next(iter(self.methods), "")

    def _chosen_country(self) -> str:
        said = str(self.data.get("country", "") if self.is_bound else self.initial.get("country", ""))
        home = self.country.upper()
        return next(code for code in (said.upper(), home, *self.countries) if code in self.countries)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["address"] = None
        if cleaned.get("method") == Order.Method.SHIPPING and self.shape:
            values = {name: cleaned.get(name, "") for name in FIELDS if name in self.fields}
            cleaned["address"], problems = check_address(self.shape.country, values)
            for name, problem in problems.items():
                if name in self.fields and name not in self.errors:
                    self.add_error(name, self._say_problem(name, problem))
        return cleaned

    def _say_problem(self, name: str, problem: str) -> str:
        label = self.fields[name].label
        example = next((f.example for f in self.shape.fields if f.name == name), "") if self.shape else ""
        if problem == "required":
            return str(_("“%(field)s” is missing.") % {"field": label})
        if example:
            words = {"field": label, "example": example}
            return str(_("“%(field)s” should look like %(example)s.") % words)
        return str(_("“%(field)s” does not fit the rest of the address.") % {"field": label})


def _choose_method(methods: tuple[str, ...]) -> forms.ChoiceField:
    labels = dict(Order.Method.choices)
    return forms.ChoiceField(
        label=_("How should it travel?"),
        choices=[(method, labels[method]) for method in methods],
        initial=next(iter(methods), None),
        error_messages={
            "required": _("Choose how you get it."),
            "invalid_choice": _("Choose how you get it."),
        },
    )


class CountryField(forms.ChoiceField):
    """As AddressLine."""

    is_needed = True


def _choose_country(countries: list[str], chosen: str) -> CountryField:
    locale = current_store().locale
    named = [(code, formats.format_country(code, locale)) for code in dict.fromkeys(countries)]
    return CountryField(
        label=_("Country"),
        choices=named,
        initial=chosen,
        required=False,
        widget=forms.Select(attrs={"class": "input", "autocomplete": "country"}),
        error_messages={"invalid_choice": _("The salon does not ship there.")},
    )


class AddressLine(forms.CharField):
    """Needed only where it is shipped, so whether it is there is checked with the whole address."""

    def __init__(self, *, is_needed: bool, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.is_needed = is_needed


def _ask_for(field: AddressField) -> AddressLine:
    attributes: dict[str, Any] = {"class": "input", "autocomplete": field.autocomplete}
    widget: forms.Widget
    if field.choices:
        widget = forms.Select(attrs=attributes, choices=[("", _("Choose")), *field.choices])
    elif field.name == "street_address":
        widget = forms.Textarea(attrs=attributes | {"rows": 2})
    else:
        widget = forms.TextInput(attrs=attributes | ({"inputmode": "numeric"} if field.takes_digits else {}))
    return AddressLine(
        is_needed=field.is_required,
        label=field.label,
        max_length=MAX_LINE,
        validators=[_refuse_in_lines],
        widget=widget,
    )


def _refuse_in_lines(value: str) -> None:
    refuse_control_characters(value, allowed="\r\n")
