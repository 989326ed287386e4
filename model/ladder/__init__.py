"""Seven small networks, each with one ingredient more, and the runs that isolate what each ingredient does."""
