"""From what steps made to what others take, and to copies for people."""
