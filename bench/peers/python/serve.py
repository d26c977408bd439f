"""The protocol of serve.mjs in Python: warm up, say ready, answer every line (a number of samples) with that many."""

import json
import os
import sys
from time import perf_counter_ns

BATCH_NS = 5e6
WARM_UP_NS = 3e8
CALLS = 5


def batch(work, iterations):
    start = perf_counter_ns()
    for _ in range(iterations):
        work()
    return perf_counter_ns() - start


def warm_up(work):
    iterations = 1
    total = 0
    while total < WARM_UP_NS:
        elapsed = batch(work, iterations)
        total += elapsed
        if elapsed < BATCH_NS:
            factor = min(10, 1.2 * BATCH_NS / max(elapsed, 1))
            iterations = max(iterations + 1, int(iterations * factor))
    return iterations, elapsed / iterations


def say(**message):
    print(json.dumps(message), flush=True)


def resident(field):
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith(field))


def peak_growth(work):
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before = resident("VmRSS")
    for _ in range(CALLS):
        work()
    return resident("VmHWM") - before


def serve(work, check, version):
    if os.environ.get("ADJOINT_BENCH") == "memory":
        return say(bytes=peak_growth(work), version=version)
    iterations, time = warm_up(work)
    say(ready=True, version=version, iterations=iterations, time=time, check=float(check(work())))
    for line in sys.stdin:
        say(samples=[batch(work, iterations) / iterations for _ in range(int(line))])


def number(text):
    try:
        return int(text)
    except ValueError:
        return text


def serve_one_of(works, version):
    """Serves the work that the command line names; each gives its work and a check, which makes a number of a result,
    by which the subjects of one work are compared."""
    name, *args = sys.argv[1:]
    serve(*works[name](*map(number, args)), version)


def absent(reason):
    say(absent=reason)
    sys.exit()
