"""A training step of lesson 06 beside the same network, batch and precision in PyTorch.

    python bench/training.py [--torch PYTHON] [--rounds 5] [--steps 100]

Both run on the CPU with one thread, in processes of their own, in turns, and are
timed by the processor time they used and by the clock. ``--torch`` names a Python
that has torch, if this one has not. A step is forward, backward and an update with
momentum, on 64 float32 images.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = {
    "clothes, 28×28, 12 filters 5×5": (28, 12, 5),
    "digits, 16×16, 12 filters 5×5": (16, 12, 5),
}
BATCH, CLASSES = 64, 10
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def numpy_step(side, count, size, keep=True):
    """Return a function that makes one step with the lesson's own functions."""
    import numpy as np

    sys.path.insert(0, str(ROOT))
    from autograder.source import read_markdown, reference_code

    code = reference_code(read_markdown(ROOT / "solutions/06-training/training.md"))
    space = {}
    exec(code if keep else code.replace("\nkeep_memory()", "\n"), space)
    rng = np.random.default_rng(0)
    images = rng.random((BATCH, side, side, 1)).astype(np.float32)
    labels = rng.integers(0, CLASSES, BATCH)
    model = space["new_model"](images.shape[1:], CLASSES, rng, count, size)
    velocity = {name: np.zeros_like(array) for name, array in model.items()}

    def step():
        _, gradients = space["loss_and_gradients"](model, images, labels)
        for name in model:
            velocity[name] = 0.9 * velocity[name] + gradients[name]
            model[name] = model[name] - np.float32(0.001) * velocity[name]

    return step


def torch_step(side, count, size):
    """Return a function that makes one step in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    pooled = (side - size + 1) // 2
    network = nn.Sequential(
        nn.Conv2d(1, count, size), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(count * pooled * pooled, CLASSES),
    )  # fmt: skip
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9)
    loss = nn.CrossEntropyLoss()
    images, labels = torch.rand(BATCH, 1, side, side), torch.randint(0, CLASSES, (BATCH,))

    def step():
        optimizer.zero_grad()
        loss(network(images), labels).backward()
        optimizer.step()

    return step


STEPS = {
    "numpy": numpy_step,
    "numpy, memory given back": lambda *size: numpy_step(*size, keep=False),
    "torch": torch_step,
}


def time_here(kind, steps):
    """Time one kind in this process: milliseconds a step of processor and clock, by size."""
    found = {}
    for name, size in SIZES.items():
        step = STEPS[kind](*size)
        for _ in range(10):
            step()
        clock, processor = time.perf_counter(), time.process_time()
        for _ in range(steps):
            step()
        found[name] = (
            1000 * (time.process_time() - processor) / steps,
            1000 * (time.perf_counter() - clock) / steps,
        )
    return found


def main():
    """Run every kind in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--kind", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.kind:
        print(json.dumps(time_here(options.kind, options.steps)))
        return 0
    times = {kind: {name: [] for name in SIZES} for kind in STEPS}
    for _ in range(options.rounds):
        for kind in STEPS:
            python = options.torch if kind == "torch" else sys.executable
            done = subprocess.run(
                [python, __file__, "--kind", kind, "--steps", str(options.steps)],
                env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode and kind == "torch" and "No module named 'torch'" in done.stderr:
                continue
            if done.returncode:
                print(f"{kind}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                return 2
            for name, found in json.loads(done.stdout.splitlines()[-1]).items():
                times[kind][name].append(found)
    lines = []
    for name in SIZES:
        lines.append(f"{name}, batch {BATCH}, float32, median of {options.rounds} rounds")
        beside = [processor for processor, _ in times["torch"][name]]
        for kind in STEPS:
            if not times[kind][name]:
                lines.append(f"  {kind:26} is not installed: name a Python that has it, --torch")
                continue
            both = zip(*times[kind][name], strict=True)
            processor, clock = (statistics.median(one) for one in both)
            ratio = f"  {processor / statistics.median(beside):5.2f} × torch" if beside else ""
            lines.append(
                f"  {kind:26} {processor:6.2f} ms processor  {clock:6.2f} ms clock{ratio}"
            )
    print("\n".join(lines))
    if times["torch"][name]:
        from marking_report import written

        written(
            "training", "What a training step costs", "python bench/training.py",
            "Forward, backward and update of lesson 06's network, beside the same in PyTorch on "
            "the CPU, one thread each. Aim: at most 2 times PyTorch.", lines,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
