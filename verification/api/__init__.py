"""The partners' REST API, version 1."""
