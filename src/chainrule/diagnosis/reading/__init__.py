"""How a class is read: what people call the parts of a layer, and what its numbers say."""
