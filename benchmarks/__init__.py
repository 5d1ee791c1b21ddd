"""How fast chainrule is beside its peers, measured side by side: ``python -m benchmarks``.

    python -m benchmarks install     the peers, in an environment of their own
    python -m benchmarks             training and prediction beside the peers; --quick: in minutes
    python -m benchmarks scaling     cost against width, depth, batch and rows
    python -m benchmarks memory      peak memory of a fit beside the data's size
    python -m benchmarks neighbour   training and prediction beside other programs
    python -m benchmarks start       cold and warm start of a first small fit
    python -m benchmarks report      the last grid's tables again

It is a tool of developers and stays out of the wheel.
"""
