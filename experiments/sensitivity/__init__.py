"""Which of the things that nobody knows decide what reforms bring, and under what conditions reforms fail."""
