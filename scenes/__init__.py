"""The story: one chapter a file. Nothing is imported here, or every scene class would exist twice under manim."""
