from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0002_reminders_and_undo'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='payment_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='keeps_deposit',
            field=models.BooleanField(default=False),
        ),
    ]
