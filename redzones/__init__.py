"""The shell: settings, the command line, and the monthly refresh that joins all rooms."""

__version__ = "0.1.0"
