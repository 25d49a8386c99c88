"""The report's HTML: one file, no scripts, readable printed and by a screen reader."""

from __future__ import annotations

import re
from html import escape
from statistics import mean, median

from autograder.report import (
    ClassReport,
    ExerciseReport,
    sorted_mistakes,
    teach_again,
)

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --soft: #595959;
  --line: #c9c9c9; --good: #0072b2; --part: #b06000; --bad: #b34700; --none: #6e6e6e;
  --bar: #dfe7ec; --half: #8cb8d4; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #161616; --soft: #b5b5b5;
  --line: #4a4a4a; --good: #6bb8ea; --part: #e6a23c; --bad: #ff9a57; --none: #a5a5a5;
  --bar: #2b3338; --half: #33658a; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin-bottom: 0.2rem; } h2 { margin-top: 2.4rem; font-size: 1.25rem; }
h3 { margin: 1.8rem 0 0.3rem; font-size: 1.05rem; }
p, li { max-width: 46rem; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; margin: 0.6rem 0; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } th { font-weight: 600; } td.n, th.n { text-align: right; }
.numbers { display: flex; gap: 2.4rem; flex-wrap: wrap; margin: 1.2rem 0; }
.numbers b { display: block; font-size: 1.8rem; line-height: 1.2; }
.bar { display: inline-block; width: min(9rem, 25vw); height: 0.8rem; background: var(--bar);
  border: 1px solid var(--line); vertical-align: middle; margin-right: 0.5rem; }
.bar span { display: block; height: 100%; background: var(--good); }
.key { display: inline-block; margin-right: 1.2rem; white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 0.8rem; height: 0.8rem;
  margin-right: 0.4rem; border: 1px solid var(--line); vertical-align: -0.05rem;
  background: var(--of); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.stack { display: flex; width: 11rem; height: 0.95rem; border: 1px solid var(--line); }
.stack span { background: var(--of); print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.passed { --of: var(--good); } .partial { --of: var(--half); } .failed { --of: #e8a56b; }
.not-attempted { --of: var(--bar); } .other { --of: #7a3e12; }
.again { padding: 0.9rem 1.2rem 0.6rem 2.2rem; border-left: 4px solid var(--part);
  background: var(--bar); }
.wide { overflow-x: auto; } .wide table { overflow-wrap: normal; }
body { overflow-wrap: anywhere; } thead th, .names th { overflow-wrap: break-word; }
.people th { min-width: 5.5rem; } .again li { margin-bottom: 0.5rem; }
svg text { fill: var(--ink); font: 13px system-ui; }
svg rect { fill: var(--good); } svg line { stroke: var(--line); }
@media print { body { margin: 0; max-width: none; font-size: 11pt; }
  h3, tr, svg { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .bar span, .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def page(result: ClassReport) -> str:
    """Return the whole page."""
    title = f"{escape(result.assignment)}: the class on one page"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{STYLE}</style></head><body><main>",
        f"<h1>{title}</h1>",
        _numbers(result),
        _again(result),
        _distribution(result),
        _exercises(result),
        *[_exercise(exercise) for exercise in result.exercises if exercise.scores],
        _people(result),
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _numbers(result: ClassReport) -> str:
    scores = list(result.scores.values())
    items = [("marked", str(len(scores)))]
    if scores:
        items += [
            (f"mean of {result.max_score:g} points", f"{mean(scores):.1f}"),
            ("median", f"{median(scores):g}"),
            ("with full marks", f"{sum(score >= result.max_score for score in scores)}"),
        ]
    items.append(("without a mark", str(len(result.unmarked) + len(result.waiting))))
    inner = "".join(f"<div><b>{value}</b>{label}</div>" for label, value in items)
    return f'<div class="numbers">{inner}</div>'


def _prose(text: str) -> str:
    """Return a hint as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _again(result: ClassReport) -> str:
    lines = teach_again(result)
    if not lines:
        return "<h2>What to teach again</h2><p>Nothing stands out.</p>"
    items = "".join(f"<li>{_prose(line)}</li>" for line in lines)
    return f'<h2>What to teach again</h2><ul class="again">{items}</ul>'


def _distribution(result: ClassReport) -> str:
    if not result.scores:
        return ""
    bins = 10
    counts = [0] * bins
    for score in result.scores.values():
        share = score / result.max_score if result.max_score else 0
        counts[min(bins - 1, int(share * bins))] += 1
    most = max(counts)
    width, height, step = 640, 170, 62
    bars, words = [], []
    for number, count in enumerate(counts):
        low = result.max_score * number / bins
        high = result.max_score * (number + 1) / bins
        tall = 120 * count / most
        x = 10 + number * step
        bars.append(f'<rect x="{x}" y="{140 - tall:.1f}" width="{step - 8}" height="{tall:.1f}"/>')
        if count:
            bars.append(f'<text x="{x + 27}" y="{134 - tall:.1f}" text-anchor="middle">{count}'
                        "</text>")
            words.append(f"{count} from {low:.3g} to {high:.3g}")
        bars.append(f'<text x="{x}" y="158" text-anchor="middle">{low:.3g}</text>')
    bars.append(f'<text x="{10 + bins * step}" y="158" text-anchor="middle">'
                f"{result.max_score:g}</text>")
    label = f"How many learners got how many points: {', '.join(words)}."
    return (
        "<h2>Points</h2>"
        f'<svg viewBox="0 0 {width + 20} {height}" role="img" aria-label="{escape(label)}" '
        f'width="100%"><line x1="10" y1="140" x2="{width}" y2="140"/>{"".join(bars)}</svg>'
    )


def _bar(share: float) -> str:
    return (
        f'<span class="bar" aria-hidden="true"><span style="width:{share:.0%}"></span></span>'
        f"{share:.0%}"
    )


KINDS = (
    ("passed", "full marks"), ("partial", "in part"), ("failed", "wrong"),
    ("other", "stopped with an error"), ("not-attempted", "not attempted"),
)


def _stack(exercise: ExerciseReport) -> str:
    """Return how a class did in an exercise as one bar, and in words for who cannot see it."""
    total = max(1, len(exercise.scores))
    counts = dict(exercise.statuses)
    shown = {kind: counts.pop(kind, 0) for kind, _ in KINDS if kind != "other"}
    shown["other"] = sum(counts.values())
    words = ", ".join(f"{shown[kind]} {name}" for kind, name in KINDS if shown[kind])
    parts = "".join(
        f'<span class="{kind}" style="width:{shown[kind] / total:.2%}"></span>'
        for kind, _ in KINDS if shown[kind]
    )
    return f'<div class="stack" role="img" aria-label="{words}" title="{words}">{parts}</div>'


def _exercises(result: ClassReport) -> str:
    rows = []
    for exercise in result.exercises:
        if not exercise.scores:
            continue
        seconds = f"{median(exercise.seconds):.2f}\N{NO-BREAK SPACE}s" if exercise.seconds else ""
        rows.append(
            f"<tr><th scope=row>{escape(exercise.id)}</th><td>{_stack(exercise)}</td>"
            f"<td class=n>{exercise.pass_rate:.0%}</td>"
            f"<td class=n>{mean(exercise.scores):.2f} of {exercise.points:g}</td>"
            f"<td class=n>{_despite(exercise)}</td><td class=n>{seconds}</td></tr>"
        )
    keys = "".join(f'<span class="key {kind}">{name}</span>' for kind, name in KINDS)
    return (
        f'<h2>Exercises</h2><p>{keys}</p><div class="wide" tabindex="0" role="region" '
        'aria-label="Exercises"><table><thead><tr><th scope=col>Exercise</th>'
        "<th scope=col>The class</th><th scope=col class=n>Full marks</th>"
        "<th scope=col class=n>Mean points</th>"
        "<th scope=col class=n>Hint did not help</th>"
        f"<th scope=col class=n>Time</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        '<p class="soft">“Hint did not help”: of those who lost points, how many handed in a '
        "mistake that <code>check</code> names, hint included. Time: the median that calling the "
        "function took.</p>"
    )


def _despite(exercise: ExerciseReport) -> str:
    return f"{exercise.named} of {exercise.lost}" if exercise.lost else "–"


def _exercise(exercise: ExerciseReport) -> str:
    if exercise.pass_rate == 1:
        return ""
    parts = [f"<h3>{escape(exercise.id)}</h3>"]
    if exercise.aspects:
        rows = "".join(
            f"<tr><th scope=row>{escape(name)}</th><td>{_bar(mean(shares))}</td></tr>"
            for name, shares in exercise.aspects.items()
        )
        parts.append(
            "<table><thead><tr><th scope=col>Aspect</th><th scope=col>Passed, of those who tried"
            f"</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    mistakes = sorted_mistakes(exercise)
    if mistakes:
        rows = "".join(
            f"<tr><th scope=row>{escape(name)}</th><td class=n>{len(who)}</td>"
            f"<td>{_prose(exercise.hints.get(name, ''))}<br>"
            f'<span class="soft">{escape(", ".join(sorted(who)))}</span></td></tr>'
            for name, who in mistakes
        )
        parts.append(
            '<table class="names"><thead><tr><th scope=col>Mistake</th>'
            "<th scope=col class=n>Learners</th><th scope=col>Its hint, and who</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )
    return "".join(parts)


def _people(result: ClassReport) -> str:
    parts = []
    if result.unmarked:
        rows = "".join(
            f"<tr><th scope=row>{escape(name)}</th><td>{escape(reason)}</td></tr>"
            for name, reason in sorted(result.unmarked.items())
        )
        parts.append(f'<h2>Without a mark</h2><table class="people"><tbody>{rows}</tbody></table>')
    if result.waiting:
        parts.append(f"<h2>Not marked yet</h2><p>{escape(', '.join(result.waiting))}</p>")
    if result.mended:
        rows = "".join(
            f"<tr><th scope=row>{escape(name)}</th><td>{'<br>'.join(map(escape, lines))}</td></tr>"
            for name, lines in sorted(result.mended.items())
        )
        parts.append(
            f'<h2>Mended before marking</h2><table class="people"><tbody>{rows}</tbody></table>'
        )
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td class=n>{score:g}</td></tr>"
        for name, score in sorted(result.scores.items())
    )
    parts.append(
        "<h2>Learners</h2><table><thead><tr><th scope=col>Learner</th>"
        f"<th scope=col class=n>Points of {result.max_score:g}</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    return "".join(parts)
