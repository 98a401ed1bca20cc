"""Page-shaped values: everything a template prints is decided here, in the store's words and formats.

A module a subject. Presenters read the frozen catalogue and return frozen dataclasses; they ask nobody, so a
page costs what its catalogue costs.
"""
