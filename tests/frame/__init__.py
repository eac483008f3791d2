"""The frame on its way from control to the others: bytes, ring and status_page."""
