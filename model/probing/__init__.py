"""The network opened up: what its heads, neurons and vectors do, measured; what scenes show is picked here."""
