"""Words of others, as they fit into our pages."""


def cut(text: str, at_most: int) -> str:
    """One line of text, no longer than that."""
    line = " ".join(text.split())
    return line if len(line) <= at_most else line[: at_most - 1].rstrip() + "…"
