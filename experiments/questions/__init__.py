"""What we ask the model: a short file each, which says only what it asks."""
