"""What a training run leaves behind for the film: written with torch, read back without."""
