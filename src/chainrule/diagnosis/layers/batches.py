"""Mini-batch results of a layer that is right for one sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chainrule.diagnosis.book import MINI_BATCH
from chainrule.diagnosis.layers.explaining import explanations
from chainrule.diagnosis.layers.naming import is_right
from chainrule.diagnosis.layers.observing import Observed, Tried, observe
from chainrule.diagnosis.layers.probes import Probe, alike, probes_of
from chainrule.diagnosis.reading.own_activations import softmax
from chainrule.diagnosis.reading.readers import Read


def of_batches(read: Read, tried: Tried) -> Iterator[str]:
    """Yield a remark on wrong mini-batch results of a layer that is right for one sample."""
    f = tried[0][0].f
    if f is softmax:
        return
    batches = [
        replace(probe, given=tried[0][0].given, baseline=MINI_BATCH)
        for probe in map(read.suited, probes_of(f, 3))
    ]
    seen = [(probe, observe(read.make, probe)) for probe in batches]
    if any(observed.failure or not _forward_fits(p, observed) for p, observed in seen):
        return  # it is for one sample at a time
    matching = explanations(seen)
    if is_right(seen) or any(not one.mistakes and not one.unknown for one in matching):
        return
    if len(matching) == 1 and not matching[0].unknown:
        keys = {mistake.key for mistake in matching[0].mistakes}
        if keys == {"dW-summed"} and not seen[0][0].biased:
            return  # there is no db that it would not belong to
        if keys in ({"dW-summed"}, {"db-summed"}):
            sums, means = ("dW", "db") if keys == {"dW-summed"} else ("db", "dW")
            yield (f"with several samples at once {sums} is their sum, {means} their mean: the "
                   "two steps do not belong together")  # fmt: skip
            return
        yield f"with several samples at once: {matching[0].title}"
        return
    quantity = matching[0].unknown[0] if matching and matching[0].unknown else "dW"
    yield f"with several samples at once {quantity} is neither their sum nor their mean"


def _forward_fits(probe: Probe, observed: Observed) -> bool:
    z = probe.W @ probe.calls[0][0] + probe.b
    return bool(observed.outputs) and alike(observed.outputs[0], probe.f(z))
