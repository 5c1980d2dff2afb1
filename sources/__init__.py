"""Readers of the outside world's files, one module for each format; each checks before it hands on."""
