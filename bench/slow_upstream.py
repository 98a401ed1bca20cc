"""What an upstream that takes 30 s longer does to pages: paired runs, one beside the other.

    make bench-slow-upstream     or   python -m bench.slow_upstream [mangobiz|ai] [ROUNDS]

Every second all copies are made to expire, so that pages have a reason to ask Mango Biz; every tenth page is
a search, which asks the AI Service. In turns the upstream answers at once and 30 s late. The target is a p95
that differs by less than 10 %.
"""

from __future__ import annotations

import sys
import threading
from itertools import cycle
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.common import percentile, running_stack
from tests.faults.load import Clients, at_once
from tests.faults.shop import Shop
from tests.faults.stack import Stack
from tests.faults.test_pages import all_pages

ROUNDS, PAGES_A_ROUND, THREADS = 10, 400, 4
SEARCHES = ("balayage", "shampoo", "cut", "marisol", "frizz")
NAMES = {"mangobiz": "Mango Biz", "ai": "the AI Service"}
SLUG, SLOW_SECONDS, EXPIRE_SECONDS = "luna-hair", 30, 1.0


def main() -> None:
    upstream = next((word for word in sys.argv[1:] if word in NAMES), "mangobiz")
    rounds = next((int(word) for word in sys.argv[1:] if word.isdigit()), ROUNDS)
    console = Console(highlight=False)
    with running_stack(console) as stack:
        shop = Shop(stack, Clients(stack.web_port))
        pages = mix_in_searches(all_pages(shop, SLUG))
        measure(stack, shop, pages)  # warm
        pairs: list[tuple[list[float], list[float]]] = []
        for number in range(rounds):
            # In turns, so that neither always comes after the other.
            order = (0, SLOW_SECONDS) if number % 2 else (SLOW_SECONDS, 0)
            found = {slow: measure_with(stack, shop, pages, upstream, slow) for slow in order}
            pairs.append((found[0], found[SLOW_SECONDS]))
            console.print(
                f"round {number + 1}: p95 "
                + " / ".join(f"{percentile(t, 0.95) * 1000:.1f} ms" for t in pairs[-1])
            )
        shop.clients.close()
        print_table(console, pairs, NAMES[upstream])


def mix_in_searches(pages: list[str]) -> list[str]:
    searches = cycle(f"/search/?q={word}" for word in SEARCHES)
    return [
        path
        for number, page in enumerate(pages, 1)
        for path in (page, *([next(searches)] * (number % 9 == 0)))
    ]


def measure_with(stack: Stack, shop: Shop, pages: list[str], upstream: str, slow: float) -> list[float]:
    stack.set_faults(upstream, slow=slow)
    stack.inside("end_pauses")
    times = measure(stack, shop, pages)
    stack.set_faults(upstream)
    return times


def measure(stack: Stack, shop: Shop, pages: list[str]) -> list[float]:
    """Seconds of each answer, in order of size."""
    is_over = threading.Event()

    def expire() -> None:
        while not is_over.wait(EXPIRE_SECONDS):
            stack.inside("expire_copies", slug=SLUG)

    thread = threading.Thread(target=expire)
    stack.inside("expire_copies", slug=SLUG)
    thread.start()
    wanted = [pages[number % len(pages)] for number in range(PAGES_A_ROUND)]
    answers = at_once(lambda path: shop.get(SLUG, path), wanted, threads=THREADS)
    is_over.set()
    thread.join()
    assert {answer.status for answer in answers} == {200}
    return sorted(answer.seconds for answer in answers)


def print_table(console: Console, pairs: list[tuple[list[float], list[float]]], upstream: str) -> None:
    table = Table(title=f"Pages while {upstream} answers at once, and {SLOW_SECONDS} s late")
    for name in ("", "at once", "late", "ratio", "target"):
        table.add_column(name, justify="right" if name else "left")
    for share in (0.5, 0.95, 0.99):
        usual, late = (sorted(t for pair in pairs for t in pair[side]) for side in (0, 1))
        ratio = median(percentile(pair[1], share) / percentile(pair[0], share) for pair in pairs)
        table.add_row(
            f"p{share * 100:.0f}",
            f"{percentile(usual, share) * 1000:.1f} ms",
            f"{percentile(late, share) * 1000:.1f} ms",
            f"{ratio:.3f}",
            "< 1.10" if share == 0.95 else "",
        )
    console.print(table)
    console.print("The ratio is the median over the rounds' own.")


if __name__ == "__main__":
    main()
