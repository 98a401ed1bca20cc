"""Style sheets that lie beside what they dress: templates/stores/*/*.css and templates/sections/*/*.css."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

from store.design.specs import TEMPLATES_ROOT

# Whole names: what else lies in these folders (markup, texts) is nobody's to fetch.
SHEET = re.compile(r"(?:stores|sections)/[a-z-]+/[a-z-]+\.css")


class SheetFinder(BaseFinder):
    """Their names: "stores/minimal/layout.css", "sections/faq/section.css"."""

    storage = FileSystemStorage(location=TEMPLATES_ROOT)

    def check(self, **_: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        is_there = SHEET.fullmatch(path) and self.storage.exists(path)
        found = [self.storage.path(path)] if is_there else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for file in sorted(TEMPLATES_ROOT.glob("s*/*/*.css")):
            name = file.relative_to(TEMPLATES_ROOT).as_posix()
            if SHEET.fullmatch(name) and not matches_patterns(name, list(ignore_patterns or ())):
                yield name, self.storage
