"""The report that ``bench/marking.py`` writes: figures, ratios, and what follows from them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psutil

FOLDER = Path(__file__).resolve().parent.parent / "docs/measured"

MANY = 100_000
CORES = 200


def machine() -> str:
    """Return what class of machine this is, and nothing that names it."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB memory, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def written(name: str, title: str, command: str, aim: str, lines: Sequence[str]) -> None:
    """Write the report of a bench whose lines stand as they are printed."""
    text = "\n".join([
        f"# {title}", "",
        f"Measured on {date.today():%d %B %Y} by `{command}`, in one run, on {machine()}; load "
        f"average {os.getloadavg()[0]:.1f} at the end. {aim}", "",
        "```text", *lines, "```", "",
    ])
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")


def markdown(result: dict[str, Any]) -> str:
    """Return the report."""
    ours, few, bare = result["ours"], result["few"], result["bare"]
    counts = sorted(ours)
    small, big = counts[0], counts[-1]
    each = {count: (ours[count].cpu - few.cpu) / (count - 2) for count in counts}
    cost = each[big]
    stock = result["stock"]
    middle = result["middle"]
    one, two = result["one_worker"], ours[middle]
    speed_up = one.notes["marking_wall"] / two.notes["marking_wall"]
    share = ours[big].notes["writer_wall"] / ours[big].notes["marking_wall"]
    writer = ours[big].notes["writer_cpu"] / big
    elapsed = ours[big].notes["writer_wall"] / big
    memory = ours[big].memory / ours[small].memory
    rows = [
        ("CPU-seconds a submission, sandboxed, hidden cases on", f"{cost:.3f} s",
         f"stock `nbgrader autograde`: {stock:.2f} s", f"1/{stock / cost:.1f}", "≤ 1/10, goal 1/20",
         cost <= stock / 10),
        ("the same", f"{cost:.3f} s",
         f"all its cells, and the calls, bare: {bare['all']:.3f} s",
         f"{cost / bare['all']:.2f} ×", "≤ 2 ×", cost <= 2 * bare["all"]),
        ("the same", f"{cost:.3f} s",
         f"only what marking runs of them, bare: {bare['needed']:.3f} s",
         f"{cost / bare['needed']:.1f} ×", "≤ 2 ×", cost <= 2 * bare["needed"]),
        (f"wall time, 1 worker / 2 workers, {middle:,} submissions",
         f"{two.notes['marking_wall']:.1f} s", f"{one.notes['marking_wall']:.1f} s",
         f"{speed_up:.2f}", "≥ 1.8", speed_up >= 1.8),
        (f"cost a submission at {big:,} / at {small:,}", f"{each[big]:.3f} s",
         f"{each[small]:.3f} s", f"{each[big] / each[small]:.2f}", "≤ 1.1",
         each[big] <= 1.1 * each[small]),
        (f"peak memory at {big:,} / at {small:,}", f"{ours[big].memory / 2**20:.0f} MiB",
         f"{ours[small].memory / 2**20:.0f} MiB", f"{memory:.2f}", "≤ 1.2", memory <= 1.2),
        ("writer's share of the CPU time", f"{1000 * writer:.1f} ms a submission",
         f"{1000 * cost:.0f} ms", f"{writer / cost:.0%}", "≤ 10 %", writer <= 0.1 * cost),
        ("writer's share of the time elapsed", f"{1000 * elapsed:.1f} ms a submission",
         f"{1000 * ours[big].notes['marking_wall'] / big:.0f} ms", f"{share:.0%}", "≤ 10 %",
         share <= 0.1),
    ]
    lines = [
        "# What marking costs",
        "",
        f"Measured on {date.today():%d %B %Y} by `python bench/marking.py`, in one run, on "
        f"{machine()}. Everybody hands in the solved notebook of `02-filters`: {bare['cells']} "
        f"code cells, of which marking leaves out the {bare['left_out']} that only show "
        f"something, and {bare['calls']} calls with hidden arguments.",
        "",
        "| figure | here | beside | ratio | aim | reached |",
        "|---|---|---|---|---|---|",
        *(f"| {name} | {here} | {beside} | {ratio} | {aim} | {'yes' if good else '**no**'} |"
          for name, here, beside, ratio, aim, good in rows),
        "",
        "CPU-seconds are the operating system's account of all processes, the sandbox's "
        "included. A submission's cost is what one more costs: starting the command "
        f"({few.cpu:.1f} CPU-seconds with one worker and two submissions) is taken off on both "
        f"sides. Stock nbgrader marked {result['stock_count']} submissions beyond its first. The "
        "bare cost is that of cells and calls executed with `exec` in one process that has "
        "imported and read everything. Where marking leaves out what only shows something, "
        "little is left to run, and what a submission costs is nearly all isolation: a kernel, "
        "its walls, messages, judging, the gradebook.",
        "",
        f"Of the {1000 * elapsed:.0f} ms that the writer takes for a submission it works "
        f"{1000 * writer:.0f}; the others it waits, for the disk to confirm that the transaction "
        f"is on it (a transaction of this size, by itself, takes {1000 * result['commit']:.0f} ms "
        "here) and for a free core. The workers go on meanwhile: three submissions lie ahead of "
        "each.",
        "",
        f"The load average of the machine was {result['load']:.1f} on {os.cpu_count()} cores "
        "meanwhile"
        + (": others were at work, so times that elapsed (the two-worker ratio, the writer's "
           "share) say little, and CPU-seconds are higher than on a quiet machine."
           if result["load"] > (os.cpu_count() or 1) + 0.7 else "."),
        "",
        "| submissions | CPU-seconds in all | a submission | elapsed | peak memory |",
        "|---|---|---|---|---|",
        *(f"| {count:,} | {ours[count].cpu:.1f} | {each[count]:.3f} | {ours[count].wall:.0f} s "
          f"| {ours[count].memory / 2**20:.0f} MiB |" for count in counts),
        "",
        *_where(result["profile"]),
        *_model(result, cost, writer, ours, big),
    ]
    return "\n".join(lines) + "\n"


def _where(profile: dict[str, Any]) -> list[str]:
    shares = sorted(profile["shares"].items(), key=lambda item: -item[1])
    return [
        "## Where the time goes",
        "",
        f"Of one submission, {1000 * profile['sandbox']:.0f} ms pass in the sandbox (the fork, "
        "the probe of its walls, the cells, the calls) and "
        f"{1000 * profile['grader']:.0f} ms in the worker outside it. Of the latter, by profile:",
        "",
        "| part | share |",
        "|---|---|",
        *(f"| {title} | {share:.0%} |" for title, share in shares if share >= 0.005),
        "",
        "(Parts that wait for the kernel have each other's messages in their share.)",
        "",
    ]


def _model(
    result: dict[str, Any], cost: float, writer: float, ours: dict[int, Any], big: int
) -> list[str]:
    central = (ours[big].notes["process_cpu"] - result["few"].notes["process_cpu"]) / (big - 2)
    predicted = {count: result["few"].cpu + cost * (count - 2) for count in ours}
    worst = max(abs(predicted[count] / ours[count].cpu - 1) for count in ours)
    worker = max(0.0, ours[big].memory - result["few"].memory) / 2**20
    small = min(ours)
    growth = (ours[big].memory - ours[small].memory) / (big - small) / 1024
    grows = (
        "Memory does not grow with the number of submissions"
        if ours[big].memory <= 1.2 * ours[small].memory
        else f"Memory grows by {growth:.0f} KiB a submission, which it should not"
    )
    return [
        f"## What {MANY:,} submissions would take",
        "",
        "CPU-seconds = start + n × cost: with the figures above it is off by at most "
        f"{worst:.0%} in the runs of {', '.join(f'{count:,}' for count in sorted(ours))}. So "
        f"{MANY:,} submissions take {MANY * cost / 3600:.1f} core hours: on {CORES} cores "
        f"{MANY * cost / CORES / 60:.0f} minutes, if the one process that hands out and writes "
        "keeps up.",
        "",
        f"That process (scheduler, client and writer together) takes {1000 * central:.1f} ms a "
        f"submission, {1000 * writer:.1f} ms of it the writer: {MANY * central / 60:.0f} minutes "
        f"for all, so it is what limits the run from {cost / central:.0f} cores on. With "
        "`--scheduler` the scheduler is another process, and the writer the limit, from "
        f"{cost / max(writer, 1e-9):.0f} cores on.",
        "",
        f"{grows}: three wait at each worker, and what "
        f"is written is forgotten. A second worker took {worker:.0f} MiB here, its "
        "sandbox included; the scheduler holds three submissions for each worker, so "
        f"{CORES} workers with notebooks of 1 MB make {CORES * 3} MB there.",
        "",
    ]
