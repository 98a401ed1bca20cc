from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("store", "0007_first_versions")]

    operations = [
        migrations.RemoveField(model_name="store", name="template"),
        migrations.RemoveField(model_name="store", name="theme"),
    ]
