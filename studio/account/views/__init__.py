"""Pages before and beside the studio: log-in, second step, password, one's own account."""
