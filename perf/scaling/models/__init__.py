# SPDX-License-Identifier: BSD-3-Clause
"""What each module's programs do, phase by phase: a model for each case of a
series. README.md has the formulas with their sources."""
from cost import Layout

from . import dense, fit, gp, gsn, spectral

# (module, case) -> model(sizes, layout, found) -> [Phase]
MODELS = {
    ("dist", "dense"): dense.operations,
    ("gsn", "even"): gsn.even,
    ("gsn", "whole_trial"): gsn.whole_trial,
    ("gsn", "per_unit"): gsn.per_unit,
    ("gsn", "distributed"): gsn.distributed,
    ("gsn", "factored"): gsn.factored,
    ("gp", "fit"): gp.fit,
    ("gp", "distributed"): gp.distributed,
    ("gp", "ranks"): gp.ranks,
    ("spectral", "train"): spectral.train,
    ("fit", "products"): fit.products,
    ("fit", "hessian"): fit.hessian,
    ("fit", "fit"): fit.fit,
}


def phases_of(module, case, sizes, layout, found=None):
    """What the busiest rank does; [] where there is no model.

    found: numbers of the result that the cost goes by, as records have them
    under "found"; where one is missing the model takes a usual value.
    """
    model = MODELS.get((module, case))
    return model(sizes, layout, found or {}) if model else []


def layout_of(record):
    return Layout(record["ranks"], record["threads"], record["nodes"])


def counts_of(record):
    """Phase -> flops, bytes, messages and their bytes of the busiest rank."""
    return {phase.name: phase.counts() for phase in phases_of(
        record["module"], record["case"], record["sizes"], layout_of(record),
        record["found"])}
