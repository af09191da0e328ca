"""Figures of speed and of quality, printed by `make bench` and never asserted."""
