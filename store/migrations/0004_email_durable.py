from datetime import timedelta

import django.utils.timezone
from django.db import migrations, models
from django.utils import timezone


def settle_rows(apps, _schema_editor):
    """Rows that are done are not due; one that was being sent may have been."""
    emails = apps.get_model("store", "Email").across_stores
    emails.filter(state__in=["sent", "failed"]).update(due_at=None)
    later = timezone.now() + timedelta(seconds=60)
    emails.filter(state="sending").update(state="queued", may_be_sent=True, due_at=later)


class AlterDueAt(migrations.AlterField):
    """mssql-django looks for indexes on the column first, which no migration rendered offline can."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "microsoft":
            schema_editor.execute("ALTER TABLE [store_email] ALTER COLUMN [due_at] datetimeoffset NULL")
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RemoveLeasedUntil(migrations.RemoveField):
    """As above; the column has no index and no default."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "microsoft":
            schema_editor.execute("ALTER TABLE [store_email] DROP COLUMN [leased_until]")
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0003_reminders"),
    ]

    operations = [
        # SQL Server refuses to alter a column that an index covers.
        migrations.RemoveIndex(model_name="email", name="email_due"),
        AlterDueAt(
            model_name="email",
            name="due_at",
            field=models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True),
        ),
        migrations.AddIndex(
            model_name="email", index=models.Index(fields=["due_at"], name="email_due_at")
        ),
        RemoveLeasedUntil(model_name="email", name="leased_until"),
        migrations.AddField(
            model_name="email",
            name="lease",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="email", name="kind", field=models.CharField(blank=True, max_length=160)
        ),
        migrations.AddField(
            model_name="email", name="useful_until", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="email", name="may_be_sent", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="email", name="times_requeued", field=models.PositiveSmallIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="email",
            name="provider_id",
            field=models.CharField(blank=True, db_index=True, max_length=200),
        ),
        migrations.AddField(
            model_name="email", name="delivered_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="email",
            name="failed_at",
            field=models.DateTimeField(blank=True, db_index=True, null=True),
        ),
        migrations.AlterField(
            model_name="email",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("sent", "Sent"),
                    ("bounced", "Came back"),
                    ("failed", "Failed"),
                    ("withdrawn", "Not sent in time"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.RunPython(settle_rows, migrations.RunPython.noop),
    ]
