"""Settings of the embedded PostgreSQL, each for a reason. An installation that wants others runs its own server and names it by URL."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from headrace.engine.binaries import binary, run

CONNECTIONS_MAX = 100
MAX_WAL_SIZE_MB = 4096
CHECKPOINT_EVERY_MIN = 15
SHARED_BUFFERS_SHARE = 0.15  # of the machine's memory, within the two bounds
SHARED_BUFFERS_MIN_MB, SHARED_BUFFERS_MAX_MB = 128, 4096
SMALL_SHARED_MEMORY_MB = 256  # containers get 64 MB of /dev/shm unless told otherwise, too little for one parallel query
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def settings(port: int, sockets: Path, *, durable: bool) -> dict[str, str]:
    """Name to value, as `postgresql.conf` takes them."""
    memory = memory_mb()
    buffers = int(min(max(memory * SHARED_BUFFERS_SHARE, SHARED_BUFFERS_MIN_MB), SHARED_BUFFERS_MAX_MB))
    chosen = {
        "listen_addresses": "'127.0.0.1'",  # for tools that know no Unix sockets; never the network
        "port": str(port),
        "unix_socket_directories": f"'{sockets}'",
        "max_connections": str(CONNECTIONS_MAX),
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "32MB",  # batches of 2,000 orders sort and hash in memory
        "maintenance_work_mem": "256MB",
        # A page is written whole to the WAL at its first change after a checkpoint: rare checkpoints make far less WAL under load.
        "max_wal_size": f"{MAX_WAL_SIZE_MB}MB",
        "checkpoint_timeout": f"{CHECKPOINT_EVERY_MIN}min",
        "jit": "off",  # compiling costs more than it saves on statements of milliseconds
        "random_page_cost": "1.1",  # solid state
        "track_io_timing": "on",  # cheap on today's clocks, and explains slow statements
        "autovacuum_vacuum_scale_factor": "0.05",  # hot tables turn over fast
        "autovacuum_analyze_scale_factor": "0.05",
        "idle_in_transaction_session_timeout": "'10min'",  # a hung client must not hold back vacuum and locks for ever
        "log_min_messages": "warning",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "fsync": "on",
        "synchronous_commit": "on",
    }
    if _shared_memory_is_small():
        chosen["dynamic_shared_memory_type"] = "mmap"
    if _built_with_lz4():
        chosen |= {"wal_compression": "lz4", "default_toast_compression": "lz4"}  # pglz instead would cost more time than it saves
    if not durable:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return chosen


def memory_mb() -> int:
    """Memory of the machine, or of the container where that has less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [int(text) for path in _CGROUP_LIMITS if path.is_file() and (text := path.read_text().strip()).isdigit()]
    return min([physical, *limits]) // 2**20


def _shared_memory_is_small() -> bool:
    folder = Path("/dev/shm")  # noqa: S108 - only its size is asked
    return folder.is_dir() and shutil.disk_usage(folder).total < SMALL_SHARED_MEMORY_MB * 2**20


def _built_with_lz4() -> bool:
    return "--with-lz4" in run([binary("pg_config"), "--configure"]).stdout
