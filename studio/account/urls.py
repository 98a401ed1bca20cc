"""/admin/...: what comes before the studio, and one's own account."""

from django.urls import path

from studio.account.views import account, invitation, login, reset

app_name = "account"
urlpatterns = [
    path("second-factor/", login.second_factor, name="second_factor"),
    path("second-factor/recovery/", login.recovery, name="recovery"),
    path("second-factor/enrolment/", login.enrolment, name="enrolment"),
    path("password-reset/", reset.reset, name="reset"),
    path("password-reset/sent/", reset.reset_sent, name="reset_sent"),
    path("password-reset/<str:uid>/<str:token>/", reset.new_password, name="new_password"),
    path("invitations/<str:token>/", invitation.accept, name="invitation"),
    path("account/", account.home, name="home"),
    path("account/password/", account.password, name="password"),
    path("account/recovery-codes/", account.recovery_codes, name="recovery_codes"),
    path("account/authenticator/", account.authenticator, name="authenticator"),
    path("account/authenticator/removal/", account.authenticator_removal, name="authenticator_removal"),
]
