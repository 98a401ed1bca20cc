"""A Mango Biz, an AI Service and a mailbox for the demo and the tests: its own process, HTTP only."""

import zoneinfo

# The time zones of the tzdata package, as the store takes them, not those of whatever machine this is.
zoneinfo.reset_tzpath(to=())
