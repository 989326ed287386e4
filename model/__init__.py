"""The network: computes and records; knows numpy, and torch only where it trains; never manim."""
