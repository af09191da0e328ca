"""The limits of alpha."""

# Below the first a topic is practically unused, above the second theta is practically fixed.
SMALLEST_ALPHA, LARGEST_ALPHA = 1e-5, 1e4
