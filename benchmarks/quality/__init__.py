"""How good the answers are: default settings on real tables, beside boosting and RealMLP."""
