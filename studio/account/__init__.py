"""Who somebody is: logging in, the second factor, passwords, one's own account."""
