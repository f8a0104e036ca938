"""Benchmarks: each prints a table and a ratio against a peer in the same run; none is a timed test."""
