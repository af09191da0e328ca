"""Figures of speed, printed by `make bench` and never asserted."""
