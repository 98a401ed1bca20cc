"""The JSON API of the cart."""
