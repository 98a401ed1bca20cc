"""Nothing that was not signed by Mango Biz gets in, and everything that was does, while secrets change."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random

from sandbox.tenants import tenant_id
from tests.faults.chaos import every
from tests.faults.conftest import IS_LONG, tell
from tests.faults.load import Answer, Clients, Event, Sender, at_once, signed
from tests.faults.processes import wait_until
from tests.faults.stack import Stack

Size = Callable[[int, int], int]
SLUG, NEIGHBOUR = "luna-hair", "sen-nails"
ROTATION_SECONDS = 2.0
SAFE = {400, 401, 404, 413}

Headers = dict[str, str]
Request = tuple[str, bytes, Headers]


def make_event(slug: str = SLUG) -> Event:
    """Of an entity Mango Biz does not have: what is forged must not even look like something known."""
    return Event(slug, "services.updated", {"id": str(uuid.uuid4()), "version": 1})


def flip_byte(dice: Random, request: Request) -> Request:
    path, body, headers = request
    place = dice.randrange(len(body))
    changed = bytes([body[place] ^ (1 << dice.randrange(7))])
    return path, body[:place] + changed + body[place + 1 :], headers


def change_signature(dice: Random, request: Request) -> Request:
    path, body, headers = request
    version, _, encoded = headers["webhook-signature"].split(" ")[0].partition(",")
    digest = bytearray(base64.b64decode(encoded))
    digest[dice.randrange(len(digest))] ^= 1 << dice.randrange(8)
    return path, body, {**headers, "webhook-signature": f"{version},{base64.b64encode(digest).decode()}"}


def other_signature_version(dice: Random, request: Request) -> Request:
    path, body, headers = request
    scheme = dice.choice(["v1a", "v0", "v2", "V1", ""])
    forged = " ".join(f"{scheme},{s.partition(',')[2]}" for s in headers["webhook-signature"].split(" "))
    return path, body, {**headers, "webhook-signature": forged}


def leave_out(dice: Random, request: Request) -> Request:
    path, body, headers = request
    name = dice.choice(["webhook-id", "webhook-timestamp", "webhook-signature", "Mango-Tenant"])
    return path, body, {key: value for key, value in headers.items() if key != name}


def empty_header(dice: Random, request: Request) -> Request:
    path, body, headers = request
    name = dice.choice(["webhook-id", "webhook-timestamp", "webhook-signature", "Mango-Tenant"])
    return path, body, {**headers, name: dice.choice(["", " ", ",", "v1,", "null"])}


def other_id(dice: Random, request: Request) -> Request:
    path, body, headers = request
    return path, body, {**headers, "webhook-id": f"msg_{dice.getrandbits(64):x}"}


def other_moment(dice: Random, request: Request) -> Request:
    path, body, headers = request
    moved = int(headers["webhook-timestamp"]) + dice.choice([-60, -1, 1, 60, 10**6])
    return path, body, {**headers, "webhook-timestamp": str(moved)}


def other_tenant(dice: Random, request: Request) -> Request:
    path, body, headers = request
    return (
        path,
        body,
        {**headers, "Mango-Tenant": dice.choice([tenant_id(NEIGHBOUR), str(uuid.uuid4()), "1"])},
    )


def other_resource(dice: Random, request: Request) -> Request:
    _, body, headers = request
    path = dice.choice(
        ["/webhooks/services/deleted", "/webhooks/bookings/updated", "/webhooks/stores/updated"]
    )
    return path, body, headers


MUTATIONS: list[Callable[[Random, Request], Request]] = [
    flip_byte,
    change_signature,
    other_signature_version,
    leave_out,
    empty_header,
    other_id,
    other_moment,
    other_tenant,
    other_resource,
]


def forge(dice: Random, genuine: list[str], neighbours: list[str]) -> tuple[str, Request]:
    """A request nobody may believe, and what is wrong with it."""
    event = make_event()
    body = event.body()
    kind = dice.randrange(len(MUTATIONS) + 5)
    match kind - len(MUTATIONS):
        case 0:
            made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            return "made-up secret", (event.path, body, signed(event, body, [made]))
        case 1:
            return "neighbour's secret", (event.path, body, signed(event, body, neighbours))
        case 2:  # a true webhook, kept and sent again much later, or from a clock that is wrong
            late = time.time() + dice.choice([-1, 1]) * dice.uniform(302, 10**6)
            return "too old or new", (event.path, body, signed(event, body, genuine, at=late))
        case 3:  # signed by a salon, about another one
            other = json.dumps({**json.loads(body), "tenantId": tenant_id(NEIGHBOUR)}).encode()
            return "tenant of body", (event.path, other, signed(event, other, genuine))
        case 4:  # truly signed, but no webhook of the contract's form
            odd = dice.choice([b"", b"[]", b"{", b"\xff\xfe", json.dumps({"type": event.kind}).encode()])
            return "form", (event.path, odd, signed(event, odd, genuine))
    mutate = MUTATIONS[kind]
    return mutate.__name__, mutate(dice, (event.path, body, signed(event, body, genuine)))


def test_no_forgery_gets_in_and_rotations_keep_nothing_out(
    stack: Stack, clients: Clients, sender: Sender, size: Size
) -> None:
    forged, rotations = size(1500, 10_000), size(4, 20)
    before = stack.inside("count_events")
    valid: list[tuple[Event, Answer]] = []
    rotate, is_over = partial(rotate_secret, stack, sender), threading.Event()

    def send_valid(_: int) -> None:
        while not is_over.wait(0.02):
            event = make_event()
            valid.append((event, sender.attempt(event, event.body())))

    def send_forged(number: int) -> tuple[str, int]:
        kind, (path, body, headers) = forge(Random(number), sender.secrets[SLUG], sender.secrets[NEIGHBOUR])
        return kind, clients.ask("POST", f"{SLUG}.localhost", path, body, headers).status

    senders = [threading.Thread(target=send_valid, args=(n,)) for n in range(2)]
    for thread in senders:
        thread.start()
    try:
        with every(ROTATION_SECONDS, lambda number: rotate() if number < rotations else None) as turns:
            answers = at_once(send_forged, range(forged), threads=8)
            tell(f"{forged} forgeries sent, {len(turns)} rotations so far, {len(valid)} genuine ones sent")
            wait_until(lambda: len(turns) > rotations, rotations * ROTATION_SECONDS * 3, "the rotations")
    finally:
        is_over.set()
        for thread in senders:
            thread.join()
    believed = Counter(answer for answer in answers if answer[1] not in SAFE)
    assert not believed
    assert len({kind for kind, _ in answers}) == len(MUTATIONS) + 5
    assert len(valid) > 20 * rotations or IS_LONG
    assert Counter(answer.status for _, answer in valid) == {202: len(valid)}
    assert stack.inside("count_events") - before == len(valid)
    tell(f"{len(valid)} of {len(valid)} genuine ones believed, 0 of {forged} forged ones")


def rotate_secret(stack: Stack, sender: Sender) -> None:
    """Mango Biz signs with the new secret and the one before; then an operator saves both in the store."""
    fresh = stack.control("POST", f"{SLUG}/webhook-secret/rotation")["webhookSecret"]
    sender.secrets[SLUG] = [fresh, sender.secrets[SLUG][0]]
    stack.inside("set_webhook_secrets", slug=SLUG, secrets=sender.secrets[SLUG])
