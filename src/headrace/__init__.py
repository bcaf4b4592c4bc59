"""Headrace runs e-commerce orders straight through, from capture to cash, and brings people only the exceptions."""

__version__ = "0.1.0"
