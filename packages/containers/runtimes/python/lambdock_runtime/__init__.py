"""Lambdock's Python runtime client."""
