"""What a running task gives by name."""
