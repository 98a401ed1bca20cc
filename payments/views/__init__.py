"""The shop's pages: cart, checkout, paying, the order."""
