"""What each store showed so far becomes its first version; every domain gets a token of its own."""

from django.db import migrations
from django.utils import timezone

from store.models.stores import make_domain_token


def forwards(apps, schema_editor):
    Store = apps.get_model("store", "Store")
    DesignVersion = apps.get_model("store", "DesignVersion")
    Domain = apps.get_model("store", "Domain")
    now = timezone.now()
    for store in Store.objects.only("id", "template", "theme"):
        version = DesignVersion.objects.create(
            store_id=store.pk,
            number=1,
            design={"template": "booking-first", "theme": store.theme},
            published_at=now,
            due_at=None,
        )
        Store.objects.filter(pk=store.pk).update(live_version_id=version.pk)
    for domain in Domain.objects.only("id"):
        Domain.objects.filter(pk=domain.pk).update(token=make_domain_token())


def backwards(apps, schema_editor):
    Store = apps.get_model("store", "Store")
    DesignVersion = apps.get_model("store", "DesignVersion")
    for store in Store.objects.exclude(live_version=None).only("id", "live_version_id"):
        design = DesignVersion.objects.get(pk=store.live_version_id).design
        theme = {key: value for key, value in design.get("theme", {}).items() if key != "density"}
        Store.objects.filter(pk=store.pk).update(template=design["template"], theme=theme)


class Migration(migrations.Migration):

    dependencies = [("store", "0006_looks_domains_people")]

    operations = [migrations.RunPython(forwards, backwards)]
