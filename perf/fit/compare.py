#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time kovar's binned likelihood and fit beside SciPy, on the headline problem.

products  value with gradient, Hessian products, and the same by SciPy's
          sparse products, turn by turn in one process, on the same matrices
fit       a whole fit, to roundings as kovar's fits end and to 1e-8 of the
          value, and one by SciPy's trust-krylov that calls kovar's value,
          gradient and products and ends 1e-8 above the minimum
"""
import argparse
import json
import os
import statistics
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             os.pardir))
from support.machine import commit, environment, machine  # noqa: E402

EXAMPLES = """\
examples:
  compare.py --module=build/openmp/perf/fit/kovar_fit_module.so
  compare.py --cases=products --scale=1 --rounds=9     # 12 GB
  compare.py --cases=fit --fit-scale=0.1 --add

The output folder gets fit_compare.json. Exit code: 0 done, 1 results differ,
2 wrong usage.
"""
CASES = ("products", "fit")
SAME_MINIMUM = 1e-8  # of the value, which counts in units of 1/2 sigma^2
AGREEMENT = 1e-9  # of the largest entry: sums of 10^5 products in two orders


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--cases", default="products,fit", metavar="NAMES",
        help="of " + ", ".join(CASES) + "; default %(default)s")
    add("--scale", type=float, default=1.0,
        help="of the problem of products; default 1")
    add("--fit-scale", type=float, default=0.1,
        help="of the problem of the fit; default 0.1")
    add("--decades", type=float, default=1.0, help="of the units of"
        " parameters on either side of 1, in the fit; default 1")
    add("--threads", type=int, default=2, help="of kovar; default 2")
    add("--rounds", type=int, default=9, help="of products; default 9")
    add("--fit-rounds", type=int, default=3, help="of fits; default 3")
    add("--module", default="kovar_fit_module.so", metavar="FILE",
        help="what CMake builds of fit_module.cpp")
    add("--output", default="fit_compare", metavar="DIR",
        help="folder of the record; default %(default)s")
    add("--add", action="store_true", help="keep the cases of the record in"
        " the folder that are not run now")
    arguments = parser.parse_args()
    arguments.cases = arguments.cases.split(",")
    if not set(arguments.cases) <= set(CASES):
        parser.error("--cases are of " + ", ".join(CASES))
    if min(arguments.rounds, arguments.fit_rounds, arguments.threads) < 1:
        parser.error("rounds and threads must be positive")
    if not os.path.exists(arguments.module):
        parser.error(f"no module {arguments.module}")
    arguments.module = os.path.abspath(arguments.module)
    return arguments


def timed(call):
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found


def turn_by_turn(calls, rounds):
    """Seconds of each call in each round, and what each returned last."""
    seconds, results = {name: [] for name in calls}, {}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            took, results[name] = timed(call)
            seconds[name].append(took)
    return seconds, results


def spread(values):
    return {"median": statistics.median(values), "min": min(values),
            "max": max(values)}


def ratios(seconds, ours, others):
    return spread([b / a for a, b in zip(seconds[ours], seconds[others])])


def products(arguments):
    import numpy as np
    from headline import Kovar, Scipy
    kovar = Kovar(arguments.module, arguments.scale, 0, arguments.threads)
    scipy = Scipy(kovar)
    draws = np.random.default_rng(1)
    x = 0.1 * draws.uniform(-1, 1, kovar.n)
    u = draws.uniform(-1, 1, kovar.n)
    alpha = 1e-3
    kovar.value_and_gradient(x)
    kovar.hessian_product(u)

    def carried():
        return kovar.carried_value_and_gradient(x + alpha * u, alpha)

    # Before another product is made: a carried value goes on from the last.
    carried_seconds, found = turn_by_turn({"carried": carried},
                                          arguments.rounds)
    carried_value = found["carried"][0]
    at_step = scipy.value_and_gradient(x + alpha * u)[0]
    seconds, results = turn_by_turn({
        "kovar_gradient": lambda: kovar.value_and_gradient(x),
        "scipy_gradient": lambda: scipy.value_and_gradient(x),
        "kovar_product": lambda: kovar.hessian_product(u),
        "scipy_product": lambda: scipy.hessian_product(u),
    }, arguments.rounds)

    def apart(a, b):
        return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))

    value, gradient = results["kovar_gradient"]
    its_value, its_gradient = results["scipy_gradient"]
    differences = {
        "value": abs(value - its_value) / abs(its_value),
        "carried_value": abs(carried_value - at_step) / abs(at_step),
        "gradient": apart(gradient, its_gradient),
        "product": apart(results["kovar_product"], results["scipy_product"])}
    return {
        "case": {"case": "products", "scale": arguments.scale,
                 "threads": arguments.threads},
        "n_bins": kovar.n_bins, "n_parameters": kovar.n,
        "n_variations": int(scipy.variations.nnz),
        "n_external": int(scipy.hessian.nnz),
        "agree": max(differences.values()) < AGREEMENT,
        "differences": differences,
        "seconds": {name: spread(s)
                    for name, s in {**seconds, **carried_seconds}.items()},
        "ratios": {"gradient": ratios(seconds, "kovar_gradient",
                                      "scipy_gradient"),
                   "product": ratios(seconds, "kovar_product",
                                     "scipy_product")}}


def fit(arguments):
    import numpy as np
    from headline import Kovar
    from scipy.optimize import minimize
    kovar = Kovar(arguments.module, arguments.fit_scale, arguments.decades,
                  arguments.threads)
    counts = {}

    def value_and_gradient(x):
        counts["n_values"] += 1
        return kovar.value_and_gradient(x)

    def product(_, u):
        counts["n_products"] += 1
        return kovar.hessian_product(u)

    # With gtol=0, as rabbit runs it, it can go on for ever: it may stop as
    # soon as it is where kovar's fit ends.
    enough = kovar.minimize()[1]["value"] + SAME_MINIMUM

    def stop(intermediate_result):
        if intermediate_result.fun <= enough:
            raise StopIteration

    def krylov():
        counts.update(n_values=0, n_products=0)
        return minimize(value_and_gradient, np.zeros(kovar.n), jac=True,
                        hessp=product, method="trust-krylov", callback=stop,
                        options={"gtol": 0, "maxiter": 100})

    seconds, results = turn_by_turn(
        {"kovar": kovar.minimize,
         "kovar_at_tolerance": lambda: kovar.minimize(SAME_MINIMUM),
         "trust_krylov": krylov},
        arguments.fit_rounds)
    x, report = results["kovar"]
    near = results["kovar_at_tolerance"][1]
    other = results["trust_krylov"]
    difference = float(np.max(np.abs(x - other.x)))
    return {
        "case": {"case": "fit", "scale": arguments.fit_scale,
                 "decades": arguments.decades,
                 "threads": arguments.threads},
        "n_parameters": kovar.n, "kovar": report,
        "kovar_at_tolerance": near,
        "trust_krylov": {"value": float(other.fun),
                         "message": other.message,
                         "n_iterations": int(other.nit), **counts},
        "agree": max(abs(report["value"] - other.fun),
                     near["value"] - report["value"]) <= SAME_MINIMUM,
        "differences": {"value": report["value"] - float(other.fun),
                        "parameters": difference},
        "seconds": {name: spread(s) for name, s in seconds.items()},
        "ratios": {"fit": ratios(seconds, "kovar", "trust_krylov"),
                   "fit_at_tolerance": ratios(seconds, "kovar_at_tolerance",
                                              "trust_krylov")}}


def write_record(arguments, results):
    os.makedirs(arguments.output, exist_ok=True)
    path = os.path.join(arguments.output, "fit_compare.json")
    if arguments.add and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            before = json.load(file)["results"]
        cases = [r["case"] for r in results]
        results = [r for r in before if r["case"] not in cases] + results
    import numpy
    import scipy
    record = {"machine": machine(),
              "commit": commit(os.path.dirname(os.path.abspath(__file__))),
              "numpy": numpy.__version__, "scipy": scipy.__version__,
              "results": results}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)


def main():
    arguments = parse_arguments()
    # NumPy multiplies short vectors only. A second thread of its OpenBLAS
    # looks for work for a while after each, and takes kovar's core.
    wanted = dict(environment(arguments.threads), OPENBLAS_NUM_THREADS="1")
    if os.environ != wanted:  # libraries read it when they are loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], wanted)
    results = []
    for name in arguments.cases:
        result = {"products": products, "fit": fit}[name](arguments)
        print(json.dumps(result), flush=True)
        results.append(result)
        write_record(arguments, results)
    return 0 if all(r["agree"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
