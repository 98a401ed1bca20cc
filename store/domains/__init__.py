"""Merchants' own domains: names, what the DNS says of them, what is wrong with it, what follows."""
