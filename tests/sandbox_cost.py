"""What a forked kernel costs: ``python -m tests.sandbox_cost [COUNT]`` prints it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass

from autograder.sandbox import kernel_manager, zygotes


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time a kernel, in the grader and in the sandbox; and elapsed."""

    grader: float
    sandbox: float
    elapsed: float

    @property
    def total(self) -> float:
        """Processor time altogether."""
        return self.grader + self.sandbox


def seconds_per_kernel(count: int, cells: tuple[str, ...] = ()) -> Cost:
    """Start, use for `cells`, and end `count` kernels one after another."""
    return asyncio.run(_measured(count, cells))


async def _measured(count: int, cells: tuple[str, ...]) -> Cost:
    await _one(cells)
    zygote = zygotes.running()
    assert zygote is not None
    grader, sandbox, elapsed = time.process_time(), _tree_seconds(zygote.pid), time.monotonic()
    for _ in range(count):
        await _one(cells)
    return Cost(
        (time.process_time() - grader) / count,
        (_tree_seconds(zygote.pid) - sandbox) / count,
        (time.monotonic() - elapsed) / count,
    )


async def _one(cells: tuple[str, ...]) -> None:
    manager = kernel_manager({})
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    for cell in cells:
        request = client.execute(cell)
        while True:
            reply = await client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == request:
                break
    client.stop_channels()
    await manager.shutdown_kernel(now=True)


def _tree_seconds(root: int) -> float:
    """Processor time of `root`, its descendants, and those of them it has waited for."""
    ticks, children = {}, {}
    for entry in sorted(os.listdir("/proc")):  # noqa: PTH208
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks[int(entry)] = sum(map(int, fields[11:15]))
            children.setdefault(int(fields[1]), []).append(int(entry))
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += ticks.get(process, 0)
        waiting += children.get(process, [])
    return total / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the cost of an empty kernel, and of one that draws a figure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    figure = "import matplotlib.pyplot as plt\nplt.imshow([[1, 2]])\nplt.show()"
    for name, cells in (("nothing", ()), ("1 + 1", ("1 + 1",)), ("a figure", (figure,))):
        cost = seconds_per_kernel(count, cells)
        print(
            f"{name:10} {1000 * cost.total:6.1f} ms of processor time a kernel "
            f"({1000 * cost.grader:.1f} in the grader, {1000 * cost.sandbox:.1f} in the sandbox), "
            f"{1000 * cost.elapsed:.1f} ms elapsed"
        )


if __name__ == "__main__":
    main()
