"""The use case of training: corpus -> engine -> model directory.

train           reads the corpus, fits, saves; up_to_date asks whether there is anything to do
fit             the engine's passes, with checkpoints, a time limit and signals; settings, outcome
run, lock       the hidden folder beside a model: status, checkpoint, and who trains it now
events          what a training says on its way
dry_run         what a training would take; depfile: what it was made from, for Make
"""
