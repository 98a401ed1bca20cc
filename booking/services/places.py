"""Where the salon is: catalog.places, by the name that booking knows it under."""

from catalog.places import Place, find_place

__all__ = ["Place", "find_place"]
