"""What a step runs, read as code and never executed: notebooks, functions, what they take and give."""
