"""How fast the model is on this machine, how its cost grows, and what memory would allow at best."""
