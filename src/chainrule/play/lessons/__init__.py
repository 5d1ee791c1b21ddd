"""The chapters over HTTP: check, run, hints, questions, the gallery."""
