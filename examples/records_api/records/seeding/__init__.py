"""Synthetic data for demonstrations and tests."""
