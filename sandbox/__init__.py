"""A Mango Biz, an AI Service and a mailbox for the demo and the tests: its own process, HTTP only."""
