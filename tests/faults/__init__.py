"""Faults: the desk's processes and servers are killed, starved and lied to; nothing may be lost."""
