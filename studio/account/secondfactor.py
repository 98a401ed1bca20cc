"""The second factor: a code of an authenticator app (TOTP, RFC 6238), or one of ten recovery codes.

Owners and platform staff need one; whoever has one is asked for it, whatever their role. django-otp keeps the
devices and slows guessing down: 1, 2, 4, 8... seconds after each wrong code.
"""

import secrets
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django_otp import login as otp_login
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from config.crypto import keyed_hash, keyed_hashes
from store.access import User, is_staff
from store.models import Membership, Role

CODES = 10
# Crockford's base 32, without letters that look like others: 10 signs are 50 random bits.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LOOKALIKES = str.maketrans("oil", "011")
CODE_LENGTH = 10
PURPOSE = "recovery code"
HASH_LENGTH = 16  # what django-otp's column holds
ENROLLING = "enrolling_device"  # in the session: the device that is being set up in this very browser


class Step(Enum):
    """What is still to do between the password and the first page."""

    NONE = "none"
    CODE = "code"
    ENROL = "enrol"


class Refused(Exception):
    """The code is wrong or was used before. `until`: none is looked at before this moment."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__()
        self.until = until


def next_step(request: HttpRequest) -> Step:
    if getattr(request.user, "otp_device", None):  # set by django_otp's middleware
        return Step.NONE
    if find_authenticator(request.user):
        return Step.CODE
    return Step.ENROL if is_required(request.user) else Step.NONE


def is_required(user: User) -> bool:
    if not settings.SECOND_FACTOR:
        return False
    return is_staff(user) or Membership.objects.filter(user=user.pk, role=Role.OWNER).exists()


def find_authenticator(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user.pk, confirmed=True).first()


def begin_enrolment(request: HttpRequest) -> TOTPDevice:
    """The device that this session sets up, a new one for each session.

    A secret that was shown to somebody else who knows the password must not become the owner's.
    """
    waiting = TOTPDevice.objects.filter(user=request.user.pk, confirmed=False)
    device = waiting.filter(pk=request.session.get(ENROLLING, 0)).first()
    if device is None:
        waiting.delete()
        device = TOTPDevice.objects.create(user=request.user, name="Authenticator app", confirmed=False)
        request.session[ENROLLING] = device.pk
    return device


def finish_enrolment(request: HttpRequest, *, device: TOTPDevice, code: str) -> list[str]:
    """The app has shown that it works: it takes the place of any other. Returns new recovery codes."""
    with transaction.atomic():
        verified = _verify(request.user, device, code)
        if verified:
            TOTPDevice.objects.filter(user=request.user.pk).exclude(pk=device.pk).delete()
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            codes = make_codes(request.user)
    if not verified:  # only now: a failure counted inside would be rolled back
        raise _refused(device)
    del request.session[ENROLLING]
    device.refresh_from_db()
    _open(request, device)
    return codes


def check_code(request: HttpRequest, code: str) -> None:
    """The app's present code makes the session a verified one. Raises Refused."""
    device = find_authenticator(request.user)
    if device is None or not _verify(request.user, device, code):
        raise _refused(device)
    _open(request, device)


def check_recovery_code(request: HttpRequest, code: str) -> int:
    """One of the ten does the same, once. Returns how many are left. Raises Refused."""
    device = StaticDevice.objects.filter(user=request.user.pk, confirmed=True).first()
    plain = _plain(code).translate(LOOKALIKES)
    hashes = [found[:HASH_LENGTH] for found in keyed_hashes(plain, purpose=PURPOSE)]
    known = device.token_set.filter(token__in=hashes).first() if device else None
    if device is None or not _verify(request.user, device, known.token if known else hashes[0]):
        raise _refused(device)
    _open(request, device)
    return int(device.token_set.count())


def make_codes(user: User) -> list[str]:
    """Ten new recovery codes, the old ones void. Only their hashes are kept: show them now or never."""
    device, _is_new = StaticDevice.objects.get_or_create(user_id=user.pk, defaults={"name": "Recovery codes"})
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    device.token_set.all().delete()
    for code in codes:
        device.token_set.create(token=keyed_hash(code, purpose=PURPOSE)[:HASH_LENGTH])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def count_codes(user: User) -> int:
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user.pk))


def remove_second_factor(user: AbstractBaseUser) -> None:
    """Every device goes, and with it what sessions were verified by."""
    TOTPDevice.objects.filter(user=user.pk).delete()
    StaticDevice.objects.filter(user=user.pk).delete()


def _verify(user: User, device: TOTPDevice | StaticDevice, code: str) -> bool:
    """Under a lock of the device, so that one code serves once."""
    return verify_token(user, device.persistent_id, _plain(code)) is not None


def _refused(device: TOTPDevice | StaticDevice | None) -> Refused:
    device = type(device).objects.filter(pk=device.pk).first() if device else None
    if device is None:  # reset meanwhile
        return Refused(None)
    _may, told = device.verify_is_allowed()
    return Refused((told or {}).get("locked_until"))


def _open(request: HttpRequest, device: TOTPDevice | StaticDevice) -> None:
    """From here on another session key: one that was known before is worth nothing."""
    otp_login(request, device)
    request.session.cycle_key()


def _plain(code: str) -> str:
    return "".join(code.lower().split()).replace("-", "")
