from django.urls import include, path

from booking.views import choosing, drafts, managing

urlpatterns = [
    path("api/v1/booking/", include("booking.api.urls")),
    path("book/", choosing.choose_services, name="book"),
    path("book/staff/", choosing.choose_staff, name="book_staff"),
    path("book/time/", choosing.choose_time, name="book_time"),
    path("book/openings/", choosing.openings, name="book_openings"),
    path("book/<uuid:draft_id>/details/", drafts.details, name="book_details"),
    path("book/<uuid:draft_id>/confirm/", drafts.review, name="book_confirm"),
    path("book/<uuid:draft_id>/extension/", drafts.extension, name="book_extension"),
    path("book/<uuid:draft_id>/alternative/", drafts.alternative, name="book_alternative"),
    path("bookings/<str:token>/", managing.manage, name="booking"),
    path("bookings/<str:token>/move/", managing.move, name="booking_move"),
    path("bookings/<str:token>/cancellation/", managing.cancellation, name="booking_cancellation"),
    path("bookings/<str:token>/restoration/", managing.restoration, name="booking_restoration"),
    path("bookings/<str:token>/calendar.ics", managing.calendar, name="booking_calendar"),
]
