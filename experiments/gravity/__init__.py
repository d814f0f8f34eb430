"""What flows and stocks of people between countries say of the weights: estimated from tables, without the model."""
