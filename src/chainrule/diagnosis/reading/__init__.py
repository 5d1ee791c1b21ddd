"""Reading a class: the usual names of a layer's parts, and the meaning of the layer's numbers."""
