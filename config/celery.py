"""The Celery app. Tasks are doors (docs/adr): ids in, the store's scope reopened, a service called."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mango")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
