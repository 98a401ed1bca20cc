"""Stands in for Stripe: its API, its webhooks and its script for the browser, as far as a store needs them.

Source: https://docs.stripe.com/api and https://docs.stripe.com/testing. Nothing here moves money.
"""
