"""Health and metrics."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import structlog
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from headrace.engine.queries import load_queries
from headrace.engine.troubles import broken_stages

log = structlog.get_logger(__name__)
sql = load_queries(__package__)


def healthz(_: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration that this version has."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def readyz(_: HttpRequest) -> JsonResponse:
    """The database answers and is migrated up to this version; else 503, with what to do. Names stages that are broken: intake outlives them."""
    try:
        applied = {(row.app, row.name) for row in sql.applied_migrations()}
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"; details go to the log, not to whoever asks
        log.warning("readyz.no_database", error=str(error).splitlines()[0] if str(error) else type(error).__name__)
        return JsonResponse(
            {"ok": False, "error": "the database does not answer, or has no tables yet: see the log; `headrace migrate` makes them"}, status=503
        )
    missing = sorted(_migrations() - applied)
    if missing:
        return JsonResponse({"ok": False, "error": f"{len(missing)} migrations are missing, as {'.'.join(missing[0])}: run `headrace migrate`"}, status=503)
    broken = [trouble["stage"] for trouble in broken_stages()]
    return JsonResponse({"ok": True, "broken_stages": broken} if broken else {"ok": True})


class _Line:
    """What the database knows, asked at every scrape."""

    def collect(self) -> Iterable[Metric]:
        depth = GaugeMetricFamily("headrace_waiting", "Documents that wait", labels=["queue", "name"])
        oldest = GaugeMetricFamily("headrace_oldest_seconds", "Age of the oldest that waits", labels=["queue", "name"])
        for row in sql.queue_depths():
            depth.add_metric([row.queue, row.name], row.n)
            if row.oldest_s is not None:
                oldest.add_metric([row.queue, row.name], row.oldest_s)
        taken = CounterMetricFamily("headrace_stage_documents", "Documents that a stage took", labels=["stage"])
        parked = CounterMetricFamily("headrace_stage_parked", "Of these, parked", labels=["stage"])
        seconds = CounterMetricFamily("headrace_stage_seconds", "Wall time of a stage's batches", labels=["stage"])
        for row in sql.stage_totals():
            taken.add_metric([row.stage], row.taken)
            parked.add_metric([row.stage], row.parked)
            seconds.add_metric([row.stage], row.seconds)
        broken = GaugeMetricFamily("headrace_stage_broken", "Times that a broken stage failed since it was found so", labels=["stage"])
        for trouble in broken_stages():
            broken.add_metric([trouble["stage"]], trouble["times"])
        return [depth, oldest, taken, parked, seconds, broken]


def metrics(_: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    registry = CollectorRegistry()
    registry.register(_Line())
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")
