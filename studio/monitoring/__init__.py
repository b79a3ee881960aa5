"""What endpoints were asked and answered: the prediction log, truths that come later, and what they tell of models."""
