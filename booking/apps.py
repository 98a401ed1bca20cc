from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"

    def ready(self) -> None:
        from booking.services import settling  # noqa: F401 (registers what bookings are paid for)
