"""Facts about isostack, told as tests."""
