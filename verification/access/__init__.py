"""How staff get in: attempts, known browsers, second factors, sessions. Addresses are never asked for."""
