"""Pure wire protocols: bytes to events, requests to bytes."""
