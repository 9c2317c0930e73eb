"""The verbs `simulate` and `replay`."""

from __future__ import annotations

import argparse
import shlex
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TextIO

from lineage.cli.terminal import columns, say, say_json
from lineage.errors import InvalidArgument
from lineage.format import legible
from lineage.text import encode_json

if TYPE_CHECKING:
    from lineage.api.replays import Replay
    from lineage.flow_map import FlowMap
    from lineage.replaying import ReplayProgress

LENGTH = 400  # characters of a warning
_MARKS = {"running": "▶", "completed": "●", "failed": "✖", "skipped": "○"}


def add_simulation_verbs(verbs: Any) -> None:
    """Add both verbs to the parser of the command."""
    simulate = verbs.add_parser("simulate", help="print which flows would fire, when, and what they wait for")
    simulate.add_argument(
        "stimuli",
        nargs="+",
        metavar="FLOW_OR_EVENT",
        help="a flow that runs, a run that ends, an event, or JSON with name and payload",
    )
    _add_files(simulate, "read the flows from these files, not from their latest runs")
    simulate.add_argument("--source", metavar="ADDRESS", help="read the latest runs of flows here")
    simulate.add_argument(
        "--horizon", default="1d", metavar="TIME", help="how long: 90s, 15min, 6h, 2d (default: 1d)"
    )
    simulate.add_argument(
        "--at", metavar="TIME", help="when it begins: 2026-11-30T09:00, local without a zone (default: now)"
    )
    simulate.add_argument("--samples", type=int, default=200, metavar="N", help="for P90 (default: 200)")
    simulate.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the random samples (default: 0)"
    )
    simulate.add_argument("--fail", action="append", default=[], metavar="FLOW", help="this flow fails")
    simulate.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="FLOW=STEP",
        help="this flow takes this branch of a switch; STEP*3: three turns of a step that repeats",
    )
    simulate.add_argument(
        "--duration", action="append", default=[], metavar="FLOW=TIME", help="this flow takes this long"
    )
    simulate.add_argument("--json", action="store_true", help="print what happened as JSON")
    simulate.set_defaults(verb=simulate_verb)

    replay = verbs.add_parser("replay", help="run everything that a run triggered again")
    replay.add_argument("run", help='"TrainingFlow/34", or a flow\'s name for its latest run')
    replay.add_argument(
        "--on",
        choices=["local", "argo-workflows", "argo-events"],
        metavar="WHERE",  # all names in one word are wider than a narrow terminal
        default="local",
        help="local: on this machine (default); argo-workflows: the flows as deployed; "
        "argo-events: only publish the run's end",
    )
    replay.add_argument("--dry-run", action="store_true", help="print what would be run, run nothing")
    replay.add_argument("--max-workers", type=int, metavar="N", help="runs at once (default: processors)")
    replay.add_argument(
        "--on-failure",
        choices=["stop", "continue"],
        default="stop",
        help="start nothing more, or go on with what does not depend on it (default: stop)",
    )
    replay.add_argument(
        "--parameters",
        choices=["recorded", "defaults"],
        default="recorded",
        help="those that each run had, or those of its file (default: recorded)",
    )
    replay.add_argument(
        "--code",
        choices=["today", "then"],
        default="today",
        help="the files as they are, or the code package or commit of the time (default: today)",
    )
    _add_files(replay, "where the flows' files are")
    replay.add_argument("--source", metavar="ADDRESS", help="where the run is recorded")
    replay.set_defaults(verb=replay_verb)


def _add_files(verb: argparse.ArgumentParser, meaning: str) -> None:
    verb.add_argument(
        "--files",
        action="append",
        metavar="PATTERN",
        help=f"{meaning}: a file, a folder, or 'flows/*.py'; may be given several times",
    )


def simulate_verb(options: argparse.Namespace) -> None:
    """Print a simulation as a small timeline and a sentence for each flow."""
    from lineage.api.simulations import simulate
    from lineage.flow_map import flow_graph
    from lineage.format import parse_duration
    from lineage.render.text_timeline import text_timeline

    flows = flow_graph(options.source, files=options.files)
    sim = simulate(
        flows,
        options.stimuli,
        start=options.at or (flows.read_at.replace(second=0, microsecond=0) if flows.read_at else None),
        durations=dict(map(_flow_and_time, options.duration)),
        outcomes=_outcomes(options.fail, options.take),
        samples=options.samples,
        seed=options.seed,
        horizon=timedelta(seconds=parse_duration(options.horizon)),
    )
    if options.json:
        document = {
            "start": sim.start.isoformat(),
            "end": sim.end.isoformat(),
            "events": [event.as_dict() for event in sim.events],
            "why": dict(sim.why),
            "finishes": {
                key: [{"share": f.share, "p50": f.p50, "p90": f.p90} for f in finishes]
                for key, finishes in sim.finishes.items()
            },
            "stopped": sim.stopped,
            "assumptions": list(sim.assumptions),
            "warnings": _warnings(flows),
        }
        say_json(encode_json(document, ensure_ascii=False, indent=1, default=str))
        return
    say(text_timeline(sim, columns()))
    for sentence in (*sim.assumptions, *_warnings(flows)):
        say(f"! {legible(sentence, LENGTH)}")


def _warnings(flows: FlowMap) -> list[str]:
    return [
        *map(str, flows.warnings),
        *(f"{problem.pathspec}: {problem.reason}" for problem in flows.problems),
    ]


def _outcomes(fail: list[str], take: list[str]) -> dict[str, str]:
    steps: dict[str, list[str]] = {}
    for text in take:
        flow, equals, step = text.partition("=")
        if not equals:
            raise InvalidArgument(f"--take must be FLOW=STEP, such as ETLFlow=full_load, not {text!r}")
        steps.setdefault(flow, []).append(step)
    if both := set(fail) & set(steps):
        raise InvalidArgument(f"--fail and --take cannot both be given for {', '.join(sorted(both))}")
    taken = {flow: f"completed:{','.join(path)}" for flow, path in steps.items()}
    return {**dict.fromkeys(fail, "failed"), **taken}


def _flow_and_time(text: str) -> tuple[str, float]:
    from lineage.format import parse_duration

    flow, equals, time = text.partition("=")
    if not equals:
        raise InvalidArgument(f"--duration must be FLOW=TIME, such as ETLFlow=15min, not {text!r}")
    return flow, parse_duration(time)


def replay_verb(options: argparse.Namespace) -> None:
    """Replay a past run's cascade; print a line for each run that starts or ends."""
    from lineage.api.replays import replay

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _say_warning
        done = _replayed(replay, options)
    if not options.dry_run:
        say(f"\n{_summary(done)}")
        done.raise_for_failure()


def _replayed(replay: Callable[..., Replay], options: argparse.Namespace) -> Replay:
    return replay(
        options.run,
        on=options.on,
        files=options.files,
        max_workers=options.max_workers,
        on_failure=options.on_failure,
        parameters=options.parameters,
        code=options.code,
        dry_run=options.dry_run,
        progress=_say,
        source=options.source,
    )


def _say_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """`warnings.showwarning` without the place in the code."""
    say(f"! {legible(message, LENGTH)}", error=True)


def _say(change: ReplayProgress) -> None:
    from lineage.format import format_duration
    from lineage.replaying.plan import parameter_words

    state = change.state
    given = parameter_words(change.replay.plan.runs[change.key]) if state.status == "running" else []
    name = f"{change.key} again" if state.pathspec is None else f"{change.key} again: {state.pathspec}"
    took = f" in {format_duration(state.seconds)}" if state.seconds is not None else ""
    words = legible(f"{name} {shlex.join(given)}".rstrip())
    say(f"{_MARKS.get(state.status, ' ')} {words}  {state.status}{took}")


def _summary(done: Replay) -> str:
    from lineage.format import format_count

    if not done.plan.runs:
        return "published"
    return f"{format_count(len(done.runs), 'run')} made" + (", all completed" if done.succeeded else "")
