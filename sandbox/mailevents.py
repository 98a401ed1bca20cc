"""What became of a mail, told to the stores as Postmark does: a webhook for each delivery and each bounce.

Source: https://postmarkapp.com/developer/webhooks/bounce-webhook and .../delivery-webhook.
"""

from __future__ import annotations

import base64
import http.client
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote, urlsplit, urlunsplit

from .webhooks import post
from .wire import Row, dumps, now, to_rfc3339

TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SENDERS = 2


class MailEvents:
    """`url` may carry user:password; None tells nobody. Tried again in memory: a restart forgets."""

    def __init__(self, url: str | None, retry_scale: float) -> None:
        self.url, self._retry_scale = url, retry_scale
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="mail-events")

    def tell_delivered(self, mail_id: str, recipient: str, metadata: Row) -> None:
        event = {"RecordType": "Delivery", "Recipient": recipient, "DeliveredAt": to_rfc3339(now())}
        self._tell({**_common(mail_id, metadata), **event, "Details": "Test delivery"})

    def tell_bounced(self, mail_id: str, recipient: str, metadata: Row) -> None:
        event = {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "TypeCode": 1,
            "Name": "Hard bounce",
            "ID": zlib.crc32(mail_id.encode()),
            "Email": recipient,
            "BouncedAt": to_rfc3339(now()),
            "Description": "The server was unable to deliver your message.",
            "Details": f"smtp;550 5.1.1 <{recipient}> unknown user",
            "Inactive": True,
            "CanActivate": True,
        }
        self._tell({**_common(mail_id, metadata), **event})

    def _tell(self, event: Row) -> None:
        if self.url:
            self._senders.submit(self._deliver, self.url, dumps(event).encode())

    def _deliver(self, url: str, body: bytes) -> None:
        parts = urlsplit(url)
        headers = {}
        if parts.username:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        target = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        for attempt in range(TRIES):
            try:
                status, _answer = post(target, body, headers)
            except (OSError, http.client.HTTPException):
                status = 0
            if 200 <= status < 300 or status == 403:  # Postmark's word for "stop"
                return
            time.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt) * self._retry_scale)


def _common(mail_id: str, metadata: Row) -> Row:
    return {
        "MessageID": mail_id,
        "MessageStream": "outbound",
        "ServerID": 1,
        "Tag": "",
        "Metadata": metadata,
    }
