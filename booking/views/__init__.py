"""The pages. They call the same services as the JSON API, and every one of them works without a script."""
