"""Every learner on tables of scikit-learn: what the service answers beside what scikit-learn answers."""
