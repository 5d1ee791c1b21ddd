"""The local page of `chainrule play`: the challenge, the playground and the gallery of mistakes.

The server answers on 127.0.0.1 alone, and only to the browser that holds the run's token.
"""
