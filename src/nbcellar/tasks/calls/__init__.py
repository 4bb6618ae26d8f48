"""Task functions: called here, or submitted to a process of their own."""
