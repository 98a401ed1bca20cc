"""The booking part of /api/v1, as booking/openapi/store.openapi.yaml says."""
