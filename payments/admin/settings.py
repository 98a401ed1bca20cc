"""How each store is paid. Keys are written here and never shown again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.errors import CredentialsRefused, UpstreamError
from payments.gateway import Stripe
from payments.models import PaymentSettings
from payments.services import find_account
from store.access import is_staff
from store.adminbase import AcrossStoresAdmin
from store.models import Role, Store
from store.queries import load_store_info
from store.tenancy import store_scope

KEEP = _("Leave empty to keep the present one, which is never shown.")


def _secret_field(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, widget=widget, help_text=KEEP)


class PaymentSettingsForm(forms.ModelForm[PaymentSettings]):
    """Either a Connect account or keys of the store's own: all three parts of one kind, test or live."""

    of_store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.order_by("slug"))
    new_secret_key = _secret_field(_("New secret key"))
    new_webhook_secret = _secret_field(_("New webhook secret"))
    forgets_keys = forms.BooleanField(label=_("Forget the store’s own keys"), required=False)

    class Meta:
        model = PaymentSettings
        fields = ["account_id", "publishable_key", "prepayment", "refunds_cancellations"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["of_store"]

    def clean_of_store(self) -> Store:
        store: Store = self.cleaned_data["of_store"]
        if PaymentSettings.across_stores.filter(store=store).exists():
            raise forms.ValidationError(_("This store has its settings already."))
        return store

    def clean_account_id(self) -> str:
        account = _with_prefix(self.cleaned_data["account_id"], "acct_")
        others = PaymentSettings.across_stores.filter(account_id=account).exclude(pk=self.instance.pk)
        if account and others.exists():
            raise forms.ValidationError(_("Another store is paid into this account."))
        return account

    def clean_publishable_key(self) -> str:
        return _with_prefix(self.cleaned_data["publishable_key"], "pk_test_", "pk_live_")

    def clean_new_secret_key(self) -> str:
        return _with_prefix(
            self.cleaned_data["new_secret_key"], "sk_test_", "sk_live_", "rk_test_", "rk_live_"
        )

    def clean_new_webhook_secret(self) -> str:
        return _with_prefix(self.cleaned_data["new_webhook_secret"], "whsec_")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if data["forgets_keys"]:
            data["publishable_key"] = data["new_secret_key"] = data["new_webhook_secret"] = ""
            return data
        secret = data["new_secret_key"] or self.instance.secret_key or ""
        public = data["publishable_key"]
        if bool(secret) != bool(public):
            raise forms.ValidationError(_("Own keys are a secret key and a publishable key."))
        if secret and data.get("account_id", self.instance.account_id):
            raise forms.ValidationError(_("Either a Connect account or own keys, not both."))
        if secret and ("_live_" in secret) != ("_live_" in public):
            raise forms.ValidationError(_("One key is for tests, the other one for live payments."))
        return data

    def _post_clean(self) -> None:
        """In the scope of the store it is about: Django looks for other rows with the same account."""
        store = self.instance.store if self.instance.pk else self.cleaned_data.get("of_store")
        if store is not None:
            with store_scope(store.as_info()):
                super()._post_clean()  # type: ignore[misc]

    def save(self, commit: bool = True) -> Any:
        data = self.cleaned_data
        if "of_store" in data:
            self.instance.store = data["of_store"]
        if data["forgets_keys"]:
            self.instance.secret_key = self.instance.webhook_secret = None
        self.instance.secret_key = data["new_secret_key"] or self.instance.secret_key
        self.instance.webhook_secret = data["new_webhook_secret"] or self.instance.webhook_secret
        return super().save(commit)


def _with_prefix(value: str, *prefixes: str) -> str:
    value = value.strip()
    if value and not value.startswith(prefixes):
        raise forms.ValidationError(
            _("This begins with %(prefix)s."), params={"prefix": " / ".join(prefixes)}
        )
    return value


@admin.register(PaymentSettings)
class PaymentSettingsAdmin(AcrossStoresAdmin):
    """An owner may change how their store is paid, but not into whose account."""

    merchants_see = merchants_change = Role.OWNER
    merchants_act = ("check_keys",)
    form = PaymentSettingsForm
    list_display = ["store", "way", "kept_secret_key", "prepayment", "refunds_cancellations"]
    list_select_related = ["store"]
    ordering = ["store__slug"]
    readonly_fields = ["kept_secret_key", "kept_webhook_secret"]
    actions = ["check_keys"]

    def get_fields(self, _request: HttpRequest, obj: PaymentSettings | None = None) -> Any:
        keys = ["publishable_key", "kept_secret_key", "new_secret_key", "kept_webhook_secret"]
        rest = ["new_webhook_secret", "forgets_keys", "prepayment", "refunds_cancellations"]
        return [*([] if obj else ["of_store"]), "account_id", *keys, *rest]

    def get_readonly_fields(self, request: HttpRequest, obj: PaymentSettings | None = None) -> Any:
        kept = super().get_readonly_fields(request, obj)
        return kept if is_staff(request.user) else [*kept, "account_id"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A merchant adds settings to stores of their own only."""
        form = super().get_form(request, obj, change, **kwargs)
        if is_staff(request.user):
            return form
        own = Store.objects.filter(pk__in=self.stores_seen(request, self.merchants_change))
        label = PaymentSettingsForm.base_fields["of_store"].label
        return type(form.__name__, (form,), {"of_store": forms.ModelChoiceField(label=label, queryset=own)})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # payments made with its keys could not be looked at any more

    @admin.display(description=_("paid"))
    def way(self, own: PaymentSettings) -> str:
        if own.secret_key:
            return str(_("by own keys"))
        return own.account_id or str(_("into the platform’s account"))

    @admin.display(description=_("Secret key"))
    def kept_secret_key(self, own: PaymentSettings) -> str:
        return _mask(own.secret_key)

    @admin.display(description=_("Webhook secret"))
    def kept_webhook_secret(self, own: PaymentSettings) -> str:
        return _mask(own.webhook_secret)

    def has_check_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @admin.action(description=_("Check the keys at Stripe"), permissions=["check"])
    def check_keys(self, request: HttpRequest, chosen: QuerySet[PaymentSettings]) -> None:
        for own in chosen.select_related("store"):
            level, words = _check(own)
            self.message_user(request, f"{own.store.slug}: {words}", level)


def _check(own: PaymentSettings) -> tuple[int, str]:
    """What Stripe says of the keys the store is paid by: a message's level and its words."""
    with store_scope(load_store_info(own.store_id)):
        account = find_account()
    if account is None:
        return messages.ERROR, str(_("there are no keys"))
    try:
        Stripe(account).check()
    except CredentialsRefused:
        return messages.ERROR, str(_("Stripe refuses the keys"))
    except UpstreamError as error:
        return messages.WARNING, str(_("Stripe did not say")) + f" ({error})"
    mode = _("live payments") if account.is_live else _("test payments")
    return messages.SUCCESS, str(_("Stripe accepts the keys")) + f", {mode}"


def _mask(secret: str | None) -> str:
    """ "sk_test_…": which sort it is, nothing of it."""
    return secret[: secret.rfind("_") + 1] + "…" if secret else "–"
