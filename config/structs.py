"""msgspec builds a struct's tables when they are first needed, and not safely: two threads that need them at
the same moment can end the process with SIGSEGV (seen with 0.22 on Python 3.11). So each module that declares
structs makes them ready while it is imported, which one thread does.

    make_ready(globals())      # at the module's end
"""

from typing import Any

import msgspec

READY: set[type[msgspec.Struct]] = set()


def make_ready(names: dict[str, Any]) -> None:
    """Build the tables of every struct among a module's names."""
    for value in names.values():
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct:
            msgspec.json.Decoder(value)
            READY.add(value)
