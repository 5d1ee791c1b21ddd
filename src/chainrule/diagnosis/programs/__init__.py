"""A whole program: the mistake that explains its gradients, over all layers."""
