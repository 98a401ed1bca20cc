"""Orders, payments and how stores are paid, for operators: no names to read, no key to see."""

from payments.admin import orders, payments, settings

__all__ = ["orders", "payments", "settings"]
