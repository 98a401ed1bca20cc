#!/usr/bin/env python
"""Django's command line. `manage.py demo` needs no environment: it makes its own."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["demo"]:
        from config.demo import prepare_environment

        prepare_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
