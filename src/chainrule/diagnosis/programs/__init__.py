"""A whole program: which mistake explains its gradients, over all of its layers."""
