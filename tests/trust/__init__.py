"""What a person may rely on when nobody looks, shown by experiment: `python -m tests.trust NAME ...`."""
