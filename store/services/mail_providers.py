"""What differs by mail provider, and what an error of one means.

A provider that can be asked whether it has a message makes "never twice" true even where the answer to a send
was lost. One that cannot is sent the message again, under the same Message-ID: see docs/email.md.
"""

import smtplib
import socket
from typing import Any
from urllib.parse import urljoin

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.core.mail import EmailMessage
from urllib3.exceptions import NewConnectionError


class CannotLookUp(Exception):
    """The provider did not say whether it has the message. Its text is no personal data."""


class MailProvider:
    """One that cannot be asked: SMTP, the console, Anymail's other providers so far."""

    def label(self, message: EmailMessage, key: str) -> None:
        """Make the message known by its key."""

    def find(self, connection: Any, key: str) -> str | None:
        """The provider's id of the message with this key; None where it has none. Raises CannotLookUp."""
        return None


class Postmark(MailProvider):
    """Messages carry our key as metadata, which the search for sent messages takes.

    https://postmarkapp.com/developer/api/messages-api: it has messages for 45 days unless told otherwise, and
    searches the default stream unless another is named.
    """

    def label(self, message: EmailMessage, key: str) -> None:
        message.metadata = {"email": key}  # type: ignore[attr-defined]  # Anymail's attribute
        message.extra_headers["X-PM-KeepID"] = "true"  # else it replaces the Message-ID

    def find(self, connection: Any, key: str) -> str | None:
        query = {"count": "1", "offset": "0", "metadata_email": key}
        if connection.message_stream:
            query["messagestream"] = connection.message_stream
        try:
            answer = connection.session.get(
                urljoin(connection.api_url, "messages/outbound"),
                params=query,
                headers={"X-Postmark-Server-Token": connection.server_token, "Accept": "application/json"},
                timeout=connection.timeout,
            )
            answer.raise_for_status()
            found = answer.json()["Messages"]
            if not found:
                return None
            # A search that ignored its filter would have us take another message for this one.
            if found[0]["Metadata"]["email"] != key:
                raise CannotLookUp("the search found another message")
            return str(found[0]["MessageID"])
        except (requests.RequestException, LookupError, TypeError, ValueError) as error:
            raise CannotLookUp(describe_error(error)) from error


PROVIDERS: dict[str, MailProvider] = {"Postmark": Postmark()}


def find_provider(connection: Any) -> MailProvider:
    """By the name Anymail's backends give; any other backend is one that cannot be asked."""
    return PROVIDERS.get(getattr(connection, "esp_name", ""), MailProvider())


def is_refused_for_good(error: Exception) -> bool:
    """The address is wrong or blocked: nothing was sent, and nothing will be."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress)


def may_have_been_sent(error: Exception) -> bool:
    """False only where it surely was not."""
    if isinstance(error, AnymailAPIError):
        status = error.status_code
        if status is not None:
            return not 300 <= status < 500  # a 5xx may come after the work; a 2xx we could not read, too
        return not _was_never_connected(error.__cause__)
    surely_not = (
        AnymailError,
        smtplib.SMTPResponseException,
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPNotSupportedError,
        ConnectionRefusedError,
        socket.gaierror,
    )
    return not isinstance(error, surely_not)


def _was_never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    return isinstance(cause, requests.ConnectionError) and isinstance(reason, NewConnectionError)


def is_unreachable(error: Exception) -> bool:
    """Nobody answered, so the next message would hardly fare better."""
    if isinstance(error, CannotLookUp) and isinstance(error.__cause__, Exception):
        return is_unreachable(error.__cause__)
    if isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
        return False
    return isinstance(error, OSError) and getattr(error, "response", None) is None


def describe_error(error: Exception) -> str:
    """Its kind and status, never its text, which may hold the address."""
    cause = error.__cause__ if isinstance(error, AnymailAPIError) and error.__cause__ else error
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or getattr(error, "smtp_code", None)
    return f"{type(cause).__name__} {status or ''}".strip()
