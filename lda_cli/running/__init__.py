"""What a long run needs beside its work: a lock, a checkpoint, a status for whoever asks, a way to stop."""
