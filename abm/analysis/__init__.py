"""What runs mean: effects of reforms with their uncertainty, and the figures that show them."""
