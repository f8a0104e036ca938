"""The description in OpenAPI."""
