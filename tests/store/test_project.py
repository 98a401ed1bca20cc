"""What holds for the whole tree and no linter knows."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_files_are_hashed_and_name_no_other_host(name: str) -> None:
    text = (ROOT / name).read_text()
    hosts = set(re.findall(r"https?://([^/\s]+)", text))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}
    assert "--index-url" not in text
    for requirement in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if "emails" not in path.parts], ids=lambda p: p.name
)
def test_templates_keep_to_the_content_security_policy(path: Path) -> None:
    text = re.sub(r"{%.*?%}", "", path.read_text())
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_nothing_is_marked_safe_in_a_template(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape off", path.read_text())


def test_the_readme_names_every_variable_the_settings_read() -> None:
    read = set()
    for name in ("config/settings.py", "config/env.py"):
        read |= set(re.findall(r'(?:env\.\w+|read_upstream_url)\(\s*"([A-Z_]+)"', (ROOT / name).read_text()))
    readme = (ROOT / "README.md").read_text()
    assert len(read) > 15
    assert not {name for name in read if f"`{name}`" not in readme}


@pytest.mark.xdist_group("guard")
def test_groups_stay_together(request: pytest.FixtureRequest) -> None:
    """The browser's tests share a demo, the fault tests a deployment: xdist says so in the node's id."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("no workers, no groups")
    assert request.node.nodeid.endswith("@guard")
