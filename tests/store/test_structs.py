"""Every struct of ours is ready before a second thread can meet it (config.structs)."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec

from config.structs import READY

APPS = ("config", "store", "analytics", "catalog", "assistant", "payments", "booking", "webhooks")


def subclasses(shape: type) -> Iterator[type]:
    for subclass in shape.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def test_all_structs_are_made_ready() -> None:
    for app in APPS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    ours = {shape for shape in subclasses(msgspec.Struct) if shape.__module__.partition(".")[0] in APPS}
    assert len(ours) > 20
    assert ours <= READY, sorted(map(str, ours - READY))
