"""Browsers on the platform's host in which somebody is logged in, second factor and all."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice


def signed_in(user: AbstractUser, **options: Any) -> Client:
    """As after the password and a code of the user's app, which is set up where there is none."""
    device, _is_new = TOTPDevice.objects.get_or_create(user=user, confirmed=True)
    client = Client(headers={"host": "localhost"}, **options)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client
