"""Plans of reforms in a world: what they change when, what each adds to the others, and what it should do."""
