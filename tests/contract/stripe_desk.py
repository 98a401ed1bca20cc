"""The sandbox's Stripe as a store reaches it: with Stripe's own library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests
import stripe

SALON = "stille-spa"  # in euros, so that direct debit is offered
OTHER_SALON = "luna-hair"


@dataclass(frozen=True)
class StripeDesk:
    """`api` acts with the platform's key on a salon's connected account."""

    base: str
    settings: dict[str, str]
    salons: dict[str, dict[str, str]]

    @property
    def api(self) -> Any:
        return self.client(account=self.salons[SALON]["account"])

    def client(self, key: str | None = None, account: str | None = None, **options: Any) -> Any:
        addresses: Any = {"api": self.settings["stripeApiBase"]}
        client = stripe.StripeClient(
            key or self.settings["stripeSecretKey"],
            stripe_account=account,
            base_addresses=addresses,
            **{"max_network_retries": 0, **options},
        )
        return client.v1

    def own(self, salon: str) -> Any:
        """With the salon's own key."""
        return self.client(self.salons[salon]["secretKey"])

    def office(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.base}/sandbox{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def paid(self, card: str = "pm_card_visa", **fields: Any) -> Any:
        """An intent that was confirmed with a ready test method."""
        return self.api.payment_intents.create(wish(payment_method=card, confirm=True, **fields))

    def held(self, **fields: Any) -> Any:
        return self.paid(payment_method_options={"card": {"capture_method": "manual"}}, **fields)

    def raw(self, method: str, path: str, *, key: str, **options: Any) -> requests.Response:
        """As no library would ask."""
        headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})}
        address = f"{self.settings['stripeApiBase']}/v1{path}"
        return requests.request(method, address, headers=headers, timeout=20, **options)


def open_desk(base: str) -> StripeDesk:
    settings = requests.get(f"{base}/sandbox/settings.json", timeout=20).json()
    salons = requests.get(f"{base}/sandbox/salons.json", timeout=20).json()
    return StripeDesk(base, settings, {row["slug"]: row["stripe"] for row in salons})


def wish(**fields: Any) -> dict[str, Any]:
    """What an intent is made of."""
    return {
        "amount": 5000,
        "currency": "eur",
        "automatic_payment_methods": {"enabled": True},
        "expand": ["latest_charge"],
        **fields,
    }


def refused(work: Any, *args: Any, **options: Any) -> stripe.StripeError:
    """The error that a call ends with."""
    with pytest.raises(stripe.StripeError) as caught:
        work(*args, **options)
    return caught.value
