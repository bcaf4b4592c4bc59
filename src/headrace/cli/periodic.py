"""The process that runs periodic work: procrastinate's worker over Django's database."""

from __future__ import annotations

from headrace.cli.output import ready


def main() -> None:
    """Run until terminated."""
    ready()
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as running:  # type: ignore[attr-defined]
        running.run_worker(delete_jobs="successful", listen_notify=True, install_signal_handlers=True)


if __name__ == "__main__":
    main()
