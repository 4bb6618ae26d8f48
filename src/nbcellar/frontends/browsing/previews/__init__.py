"""What the head of a file shows, by what it is: sniffed from its bytes, never rendered as markup, never executed."""
