"""Runs manim, one process a scene, and delivers clips with a manifest that says where their numbers came from."""
