"""Made-up census rows of any number, to train, score and measure with."""
