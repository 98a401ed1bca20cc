# The cart an order was made from: one cart is paid once.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_refund_permission'),
        ('store', '0004_email_durable'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='cart_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('cart_id__isnull', False)), fields=['store', 'cart_id'], name='order_cart'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('cart_id__isnull', False), ('state__in', ['submitting', 'pending', 'placed'])), fields=('store', 'cart_id'), name='one_cart_is_paid_once'),
        ),
    ]
