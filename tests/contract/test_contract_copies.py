"""The project carries its own copies of the contracts; they must not drift from the shared ones."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "contracts"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared contracts are not here")
@pytest.mark.parametrize(
    "copy",
    [
        "sandbox/contracts/mango-biz.openapi.yaml",
        "sandbox/contracts/ai-service.openapi.yaml",
        "booking/openapi/store.openapi.yaml",
    ],
)
def test_copy_equals_shared_contract(copy: str) -> None:
    assert (ROOT / copy).read_bytes() == (SHARED / Path(copy).name).read_bytes()


def test_every_drawing_is_painted_and_every_picture_named_is_there() -> None:
    sandbox = ROOT / "sandbox"
    drawn = {
        path.relative_to(sandbox / "drawings").with_suffix("") for path in sandbox.glob("drawings/*/*.svg")
    }
    painted = {
        path.relative_to(sandbox / "pictures").with_suffix("") for path in sandbox.glob("pictures/*/*.webp")
    }
    named = {
        Path(found).with_suffix("")
        for path in sandbox.glob("salons/*.json")
        for found in re.findall(r'"media/([^"]+)"', path.read_text())
    }
    assert drawn == painted
    assert named == drawn
