"""Pure checks of media: bytes and context in, findings out."""
