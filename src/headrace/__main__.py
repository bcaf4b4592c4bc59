"""`python -m headrace` and the `headrace` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from headrace.cli import app

    app(prog_name="headrace")


if __name__ == "__main__":
    main()
