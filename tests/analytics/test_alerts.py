"""Alerts: one row for each trouble, told again when it comes back."""

import pytest
from django.contrib.auth.models import User

from analytics.models import Alert
from analytics.services import clear_alert, raise_alert
from store.tenancy import StoreInfo
from tests.browsers import signed_in

KIND = Alert.Kind.WEBHOOK_DEAD


@pytest.mark.django_db
def test_the_same_trouble_only_counts(luna: StoreInfo) -> None:
    raise_alert(KIND, store_id=luna.id, subject="msg_1", detail="first")
    raise_alert(KIND, store_id=luna.id, subject="msg_1", detail="second")
    alert = Alert.objects.get()
    assert (alert.count, alert.detail, alert.is_open) == (2, "second", True)


@pytest.mark.django_db
def test_troubles_of_two_stores_are_two(luna: StoreInfo, barber: StoreInfo) -> None:
    raise_alert(KIND, store_id=luna.id, subject="msg_1")
    raise_alert(KIND, store_id=barber.id, subject="msg_1")
    raise_alert(KIND, store_id=luna.id, subject="MSG_1")
    raise_alert(KIND, subject="msg_1")
    assert Alert.objects.count() == 4


@pytest.mark.django_db
def test_what_was_cleared_and_comes_back_is_open_again(luna: StoreInfo) -> None:
    raise_alert(KIND, store_id=luna.id, subject="msg_1")
    raised_at = Alert.objects.get().raised_at
    clear_alert(KIND, store_id=luna.id, subject="msg_1")
    assert not Alert.objects.get().is_open
    raise_alert(KIND, store_id=luna.id, subject="msg_1")
    alert = Alert.objects.get()
    assert alert.is_open
    assert alert.raised_at > raised_at


@pytest.mark.django_db
def test_clearing_what_never_was_is_no_error(luna: StoreInfo) -> None:
    clear_alert(KIND, store_id=luna.id, subject="msg_1")
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_an_operator_sees_open_ones_first_and_deals_with_them(luna: StoreInfo) -> None:
    client = signed_in(User.objects.create_superuser("operator"))
    raise_alert(KIND, store_id=luna.id, subject="msg_old")
    clear_alert(KIND, store_id=luna.id, subject="msg_old")
    raise_alert(KIND, store_id=luna.id, subject="msg_new")
    page = client.get("/admin/analytics/alert/").content.decode()
    assert page.index("msg_new") < page.index("msg_old")
    assert "msg_old" not in client.get("/admin/analytics/alert/?open=1").content.decode()
    chosen = [str(pk) for pk in Alert.objects.values_list("pk", flat=True)]
    client.post("/admin/analytics/alert/", {"action": "mark_dealt_with", "_selected_action": chosen})
    assert not Alert.objects.filter(cleared_at=None).exists()
    alert = Alert.objects.first()
    assert alert
    assert client.get(f"/admin/analytics/alert/{alert.pk}/change/").status_code == 200
