"""A demo of the tests' own, as a reader of the README starts it, and browsers that look at it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLUGS = ("luna-hair", "sen-nails", "stille-spa", "one-chair")
REDIS_PORT = 16490
PHONE, DESKTOP = (390, 844), (1280, 900)
IS_LONG = os.environ.get("TESTS") == "long"  # `make thorough`


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests share one demo, so they run in one worker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Demo:
    process: subprocess.Popen[str]
    port: int
    sandbox: str
    redis_port: int
    folder: Path

    def store(self, slug: str, path: str = "/") -> str:
        return f"http://{slug}.localhost:{self.port}{path}"

    def read_home(self, slug: str) -> str:
        """The store's front page as the server answers, before any script has touched it."""
        url, host = f"http://127.0.0.1:{self.port}/", {"Host": f"{slug}.localhost"}
        answer = requests.get(url, headers=host, timeout=20)
        answer.raise_for_status()
        return answer.text


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with start_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@contextmanager
def start_demo(folder: Path) -> Iterator[Demo]:
    output = folder / "printed.txt"
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    environment |= {
        "DEMO_DIR": str(folder / "data"),
        "DEMO_PORT": "8400",
        "DEMO_SANDBOX_PORT": "9400",
        "DEMO_REDIS_PORT": str(REDIS_PORT),
        "DEMO_DNS_PORT": "9453",
    }
    with output.open("w") as printed:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=environment,
            stdout=printed,
            stderr=printed,
            text=True,
        )
    try:
        yield _wait_until_running(process, output)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


_OURS = {
    "DJANGO_SETTINGS_MODULE",
    "ENV_FILE",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
}


def _wait_until_running(process: subprocess.Popen[str], output: Path) -> Demo:
    deadline = time.monotonic() + 120
    while "Ctrl-C stops" not in (printed := output.read_text()):
        assert process.poll() is None, printed
        assert time.monotonic() < deadline, printed
        time.sleep(0.2)
    port = re.search(r"http://luna-hair\.localhost:(\d+)/", printed)
    sandbox = re.search(r"Sandbox\s+(http://\S+?)/\s", printed)
    assert port, printed
    assert sandbox, printed
    other_redis = re.search(r"redis uses (\d+) instead", printed)
    redis_port = int(other_redis[1]) if other_redis else REDIS_PORT
    return Demo(process, int(port[1]), sandbox[1], redis_port, output.parent / "data")


@pytest.fixture(scope="package")  # not for the session: its running loop would keep Django from its database
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """open_page(size=PHONE, dark=False, scripts=True): a new visitor. What its console complains of, a
    violated Content-Security-Policy among it, fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            complaints.append(f"{message.location.get('url')}: {message.text}")

    def make(*, size: tuple[int, int] = PHONE, dark: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, complaints
