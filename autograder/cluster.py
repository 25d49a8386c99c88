"""Where marking runs: processes of this machine, or any Dask cluster.

Workers get bytes and give bytes: they need no shared folder and no database.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import UserError
from autograder.mark import Assignment, Marked
from autograder.mend import plain

AHEAD = 3
"""How many submissions wait at each worker: enough to keep it busy, few enough to fit."""


SETTINGS = {
    # One process imports everything and forks the workers, which ignore Ctrl-C: it is
    # answered here, in one place.
    "distributed.worker.multiprocessing-method": "forkserver",
    # Each connection keeps its last messages for whoever looks for a fault in Dask; ours
    # hold whole notebooks, and there would be a thousand of them.
    "distributed.admin.low-level-log-length": 10,
    # What only Dask's dashboard shows, which is off, is not measured.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500 ms",
    "distributed.admin.system-monitor.interval": "5 s",
}
"""What differs from Dask's own settings, here and in the workers that are started here."""

BEHIND = 5
"""How far workers of this machine stand back (nice(2)) for the one process that writes."""


@dataclass(frozen=True)
class Job:
    """One submission to be marked: whose, its files, and what of it was left out."""

    student: str
    files: Mapping[str, bytes]
    left_out: Sequence[str] = ()


@contextlib.contextmanager
def cluster(scheduler: str | None, workers: int | None, jobs: int) -> Iterator[Any]:
    """Yield a Dask client: of the cluster at this address, else of one on this machine.

    Here a worker a core is started, or as many as asked for, but no more than there are jobs.

    Raises UserError, one sentence, if there is no cluster or nobody works there.
    """
    import dask
    from dask.system import CPU_COUNT

    dask.config.set(SETTINGS)
    from distributed import Client, LocalCluster
    from distributed.utils import get_mp_context

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="distributed")
    if scheduler is not None:
        with _connected(Client, scheduler) as client:
            yield client
        return
    get_mp_context().set_forkserver_preload(["autograder.worker"])
    _start_forkserver()
    local = LocalCluster(
        n_workers=min(workers or CPU_COUNT, jobs),
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    )
    with _patient(local), _patient(Client(local)) as client:
        client.run(os.nice, BEHIND)
        yield client


def _start_forkserver() -> None:
    """Start it while Ctrl-C is ignored, which it inherits; that takes milliseconds."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, old)


@contextlib.contextmanager
def _patient(thing: Any) -> Iterator[Any]:
    """Close it at the end, undisturbed by a second Ctrl-C."""
    try:
        yield thing
    finally:
        old = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            thing.close()
        finally:
            signal.signal(signal.SIGINT, old)


def _connected(client_class: Any, scheduler: str) -> Any:
    try:
        client = client_class(scheduler, timeout=10)
    except (ValueError, TypeError):
        raise UserError(
            f"{scheduler} is no address of a Dask scheduler; one looks like tcp://host:8786."
        ) from None
    except OSError as error:
        raise UserError(
            f"There is no Dask scheduler at {scheduler} ({type(error).__name__}); "
            "start one with: dask scheduler"
        ) from None
    if not client.scheduler_info(n_workers=-1)["workers"]:
        client.close()
        raise UserError(
            f"The Dask scheduler at {scheduler} has no workers; start some with: "
            f"dask worker {scheduler} --nthreads 1"
        )
    return _patient(client)


def stream(
    client: Any, assignment: Assignment, jobs: Iterable[Job], isolation: str
) -> Generator[tuple[Job, Marked | Exception], None, None]:
    """Send submissions out, a few ahead of the workers, and yield results as they come.

    Where marking itself fails the exception is yielded: one submission's trouble, or a
    worker's, is not the batch's. Raises UserError where nothing can be marked safely.
    """
    from distributed import as_completed

    from autograder.worker import mark_job

    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    everywhere = client.scatter(assignment, broadcast=True, hash=False)
    waiting = iter(jobs)
    sent: dict[str, Job] = {}
    results = as_completed(with_results=False, raise_errors=False)

    def send() -> None:
        job = next(waiting, None)
        if job is None:
            return
        future = client.submit(
            mark_job, everywhere, dict(job.files), tuple(job.left_out), isolation,
            pure=False, retries=1,
        )
        sent[future.key] = job
        results.add(future)

    for _ in range(AHEAD * workers):
        send()
    for future in results:
        job = sent.pop(future.key)
        if future.status in ("cancelled", "lost"):
            raise UserError(
                "The Dask scheduler is gone. What was marked before is kept; run the same "
                "command again to go on."
            )
        if future.status != "finished":
            error = future.exception()
            yield job, error if isinstance(error, Exception) else RuntimeError(str(error))
            send()
            continue
        marked = future.result()
        if isinstance(marked, str):
            raise UserError(plain(marked))
        future.release()
        send()
        yield job, marked
