"""How fast webhooks are answered: gunicorn with 2 workers of 8 threads, 16 clients on kept connections.

    make bench-webhooks          or   python -m bench.webhooks [COUNT]

Every request is signed, stored and answered 202 as in production, with workers and beat running and doing
the work beside it on the same cores. Three times: as fast as the clients can, for how many a second; at the
rate of the target, for how long each takes; and so without workers, for how much of that was their work.
Printed against the target; nothing fails where it is missed.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice

from rich.console import Console
from rich.table import Table

from bench.common import cpu_seconds, percentile, running_stack
from tests.faults.load import CLIENTS, Event, signed
from tests.faults.mangobiz import MangoBiz
from tests.faults.processes import wait_until
from tests.faults.stack import WEB_THREADS, WEB_WORKERS, Stack

COUNT, WARM_UP = 10_000, 500
TARGET_P99_SECONDS, TARGET_PER_SECOND = 0.050, 300
SLUG = "luna-hair"
LOAD_BEFORE = os.getloadavg()[0]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    console = Console(highlight=False)
    with running_stack(console) as stack:
        console.print(f"Signing {3 * count + WARM_UP:,} webhooks...")
        raw = iter(list(make_requests(stack, 3 * count + WARM_UP)))
        send_all(stack.web_port, list(islice(raw, WARM_UP)))
        measure(console, stack, list(islice(raw, count)), "as fast as they can")
        wait_until(lambda: not stack.inside("count_events", only_waiting=True), 300, "the workers")
        measure(console, stack, list(islice(raw, count)), f"{TARGET_PER_SECOND} a second", TARGET_PER_SECOND)
        for process in (*stack.workers, stack.beat):
            process.stop()
        measure(
            console,
            stack,
            list(islice(raw, count)),
            f"{TARGET_PER_SECOND} a second, no workers beside",
            TARGET_PER_SECOND,
        )
        inbox = stack.inside("count_events")
        console.print(f"In the inbox: {inbox:,} of {3 * count + WARM_UP:,}")


def measure(console: Console, stack: Stack, raw: list[bytes], what: str, rate: float | None = None) -> None:
    console.print(f"Sending {len(raw):,} over {CLIENTS} connections, {what}...")
    started, cpu = time.perf_counter(), cpu_seconds(stack.web)
    answers = send_all(stack.web_port, raw, rate)
    seconds, cpu = time.perf_counter() - started, cpu_seconds(stack.web) - cpu
    print_table(console, f"{what}, {stack.database}", answers, seconds, cpu)


def make_requests(stack: Stack, count: int) -> Iterator[bytes]:
    """Whole requests, ready to be sent: the clients must not cost more than the server."""
    biz = MangoBiz(stack)
    rows = biz.rows(SLUG, "services")
    biz.close()
    [secret] = [row["webhookSecret"] for row in stack.control("GET", "salons.json") if row["slug"] == SLUG]
    for number in range(count):
        event = Event(SLUG, "services.updated", rows[number % len(rows)])
        body = event.body()
        headers = {
            "Host": f"{SLUG}.localhost",
            "Content-Length": str(len(body)),
            **signed(event, body, [secret]),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield f"POST {event.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def send_all(port: int, raw: list[bytes], rate: float | None = None) -> list[tuple[int, float]]:
    """(status, seconds) of each. With a rate each has its moment, and its seconds count from then on."""
    answers: list[tuple[int, float]] = []
    waiting = iter(enumerate(raw))
    lock = threading.Lock()
    begin = time.perf_counter()

    def client() -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with lock:
                    number, request = next(waiting, (0, None))
                if request is None:
                    return
                started = time.perf_counter()
                if rate is not None:
                    time.sleep(max(0.0, begin + number / rate - started))
                    started = begin + number / rate
                line.sendall(request)
                status = read_answer(line)
                answers.append((status, time.perf_counter() - started))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def read_answer(line: socket.socket) -> int:
    received = b""
    while b"\r\n\r\n" not in received:
        received += line.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(field.split(b":")[1])
        for field in head.split(b"\r\n")
        if field.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += line.recv(65536)
    return int(head.split(b" ", 2)[1])


def print_table(
    console: Console, what: str, answers: list[tuple[int, float]], seconds: float, cpu: float
) -> None:
    taken = sorted(answer[1] for answer in answers)
    refused = sum(status != 202 for status, _ in answers)
    table = Table(title=f"Webhooks answered: gunicorn {WEB_WORKERS}x{WEB_THREADS}, {CLIENTS} clients, {what}")
    for name in ("", "measured", "target"):
        table.add_column(name, justify="left" if not name else "right")
    for share in (0.5, 0.95, 0.99):
        target = f"< {TARGET_P99_SECONDS * 1000:.0f} ms" if share == 0.99 else ""
        table.add_row(f"p{share * 100:.0f}", f"{percentile(taken, share) * 1000:.1f} ms", target)
    table.add_row("a second", f"{len(answers) / seconds:.0f}", f">= {TARGET_PER_SECOND}")
    table.add_row("CPU of the web workers each", f"{cpu / len(answers) * 1000:.2f} ms", "")
    table.add_row("load of the machine before", f"{LOAD_BEFORE:.1f}", "")
    table.add_row("not answered 202", f"{refused}", "0")
    console.print(table)


if __name__ == "__main__":
    main()
