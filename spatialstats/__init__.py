"""Numbers that two rooms need: exact Poisson intervals, empirical-Bayes shrinkage, permutation p-values."""
