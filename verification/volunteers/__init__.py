"""The volunteers' pages: sending evidence in, and looking at what became of it."""
