"""What runs inside the sandbox: this folder alone is bound there, nothing else of the grader."""
