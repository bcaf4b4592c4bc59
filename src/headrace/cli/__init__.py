"""The command line: the same verbs as the API, for people and scripts."""

from headrace.cli.app import app

__all__ = ["app"]
