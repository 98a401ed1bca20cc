"""python -m sandbox --port 9100 --data-dir DIR"""

from __future__ import annotations

import argparse
import errno
import socket
import time
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from .app import Options, create_app

THREADS = 48


class Server(BaseApplication):
    """gunicorn with one worker: its threads share the one connection to the state."""

    def __init__(self, options: Options, listener: socket.socket) -> None:
        self._options, self._listener = options, listener
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 0,
            "graceful_timeout": 1,
            # Longer than the stores' connection pools keep one, so that no request meets a closing door.
            "keepalive": 75,
            "worker_connections": 4000,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:  # an older gunicorn has no control socket to switch off
                self.cfg.set(name, value)

    def load(self) -> Flask:
        app = create_app(self._options)
        app.extensions["sandbox"].webhooks.start()
        app.extensions["sandbox"].stripe.start()
        app.extensions["sandbox"].dns.start()
        return app


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="Stands in for Mango Biz, the AI Service, Stripe, mail and the DNS"
    )
    parser.add_argument("--port", type=int, default=9100, help="0 takes a free one and prints it")
    parser.add_argument(
        "--data-dir", type=Path, required=True, help="where the state and the pictures are kept"
    )
    parser.add_argument(
        "--webhook-target-template", help="e.g. http://{slug}.localhost:8000; none sends nothing"
    )
    parser.add_argument(
        "--mail-webhook-url", help="where bounces and deliveries of mail are told; may hold user:password"
    )
    parser.add_argument(
        "--stripe-webhook-url", help="where the platform hears of payments, also of connected accounts'"
    )
    parser.add_argument(
        "--dns-port", type=int, default=0, help="where the DNS answers, UDP and TCP; 0 takes a free one"
    )
    parser.add_argument("--empty-calendar", action="store_true", help="start without appointments")
    parser.add_argument("--no-rate-limits", action="store_true", help="the AI Service answers however often")
    parser.add_argument(
        "--retry-scale", type=float, default=1.0, help="factor on the pauses between webhook retries"
    )
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    """After a `kill -9` the worker holds the port for a moment longer. Raises OSError after 5 s."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return socket.create_server(("127.0.0.1", port), backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def main() -> None:
    arguments = parse_arguments()
    listener = _listen(arguments.port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    options = Options(
        data_dir=arguments.data_dir.resolve(),
        base_url=url,
        webhook_target_template=arguments.webhook_target_template,
        mail_webhook_url=arguments.mail_webhook_url,
        stripe_webhook_url=arguments.stripe_webhook_url,
        dns_port=arguments.dns_port,
        appointments=not arguments.empty_calendar,
        rate_limits=not arguments.no_rate_limits,
        retry_scale=arguments.retry_scale,
    )
    # Whoever started this reads the address from here.
    print(f"Sandbox on {url}", flush=True)
    Server(options, listener).run()


if __name__ == "__main__":
    main()
