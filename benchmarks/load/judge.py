"""What the figures must be: the run fails if they are not."""

from dataclasses import dataclass
from statistics import median

# How far over what is asked a run does not fail yet: figures are good to 5 % on a quiet machine, and a quick run on a busy one is coarser.
MARGIN = 1.28       # beside the limit, whose own cost is small and jitters most
PEER_MARGIN = 1.1
TIMED_SHARES = (0.5, 0.7)  # of capacity, at which latencies are compared


@dataclass(frozen=True)
class Verdict:
    text: str
    is_good: bool
    is_counted: bool = True  # else it is only told

    def __str__(self):
        return "%-7s %s" % ("ok" if self.is_good else "FAILED" if self.is_counted else "not yet", self.text)


def ratio(series, other):
    """CPU per request as a multiple of another candidate's: the median over rounds, each of which compares neighbours in time."""
    pairs = [(cell.cpu_us, reference.cpu_us) for cell, reference in zip(series.cells, other.cells) if reference.cpu_us > 0]
    return median(own / reference for own, reference in pairs) if pairs else None


def judge(workload, everyone):
    """The verdicts on one workload."""
    named = {series.candidate: series for series in everyone}
    verdicts = [_judge_answers(workload, series) for series in everyone]
    ours = named.get("sidecache")
    if ours is None or not ours.cells:
        return verdicts
    if workload.asked is not None and workload.asked.of in named:
        verdicts.append(_judge_asked(workload, ours, named[workload.asked.of]))
    verdicts += [_judge_peer(workload, ours, series) for series in everyone if workload.is_gate and series.is_cache and series is not ours]
    verdicts += [_judge_latency(workload, ours, share, everyone) for share in TIMED_SHARES]
    return [verdict for verdict in verdicts if verdict is not None]


def _judge_answers(workload, series):
    if series.problems:
        return Verdict("%s: %s: %s" % (workload.name, series.candidate, "; ".join(dict.fromkeys(series.problems))), False)
    answers = sum(cell.load.requests for cell in series.cells)
    return Verdict("%s: %s: %d right answers" % (workload.name, series.candidate, answers), True)


def _judge_asked(workload, ours, other):
    times = ratio(ours, other)
    if times is None:
        return None
    asked, of = workload.asked.times, workload.asked.of
    told = "%s: sidecache uses %.2f x the CPU of %s; asked: %.2f" % (workload.name, times, of, asked)
    if workload.is_gate:
        return Verdict("%s, at most %.2f passes" % (told, asked * MARGIN), times <= asked * MARGIN)
    return Verdict(told, times <= asked, is_counted=False)


def _judge_latency(workload, ours, share, everyone):
    times = {series.candidate: series.timing(share, "p99_us") for series in everyone if series.is_cache}
    best = min((time for name, time in times.items() if name != "sidecache" and time is not None), default=None)
    if times["sidecache"] is None or best is None:
        return None
    told = "%s: p99 at %.0f %% of capacity: %.0f us, of the best peer %.0f us; asked: below every peer's" % (workload.name, 100 * share, times["sidecache"], best)
    return Verdict(told, times["sidecache"] < best, is_counted=False)


def _judge_peer(workload, ours, peer):
    times = ratio(ours, peer)
    if times is None:
        return None
    told = "%s: sidecache uses %.2f x the CPU of %s; asked: less than 1, at most %.2f passes" % (workload.name, times, peer.candidate, PEER_MARGIN)
    return Verdict(told, times <= PEER_MARGIN)


def tell_verdicts(verdicts):
    """The end of a run; its exit code."""
    for verdict in verdicts:
        print(verdict)
    failed = sum(verdict.is_counted and not verdict.is_good for verdict in verdicts)
    passed = sum(verdict.is_counted and verdict.is_good for verdict in verdicts)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0
