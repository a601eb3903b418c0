# SPDX-License-Identifier: BSD-3-Clause
"""Dense linear algebra, on one rank and on a grid of ranks.

Each function returns the parts of one operation. Counts of flops are LAPACK's
(Anderson et al., LAPACK Users' Guide, 3rd ed., 1999, and LAPACK Working Note
41); a matrix over P ranks lies in blocks on a grid of rows x columns that is
as square as P allows (Blackford et al., ScaLAPACK Users' Guide, 1997).
"""
import math

from cost import ALL, Bytes, Flops, Message, Phase, Steps

PANEL = 128  # columns that factors and inverses send at a time
TWO_STAGES_FROM = 2500  # order; eigen.cpp
SINGLE_VECTORS_TO = 0.07  # of the spectrum; eigen.cpp
BAND = 48  # subdiagonals between two stages


def grid_of(ranks):
    """Rows and columns of the grid, rows <= columns."""
    rows = math.isqrt(ranks)
    while ranks % rows:
        rows -= 1
    return rows, ranks // rows


def cholesky(n, who=ALL):
    return [Flops("cholesky", n**3 / 3, n, who)]


def inverse_of_factor(n, who=ALL):
    """Of A = L L^T from L: potri."""
    return [Flops("inverse", 2 * n**3 / 3, n, who)]


def symmetric_product(n, k, who=ALL):
    """One triangle of an n x n product of rank k."""
    return [Flops("syrk", n * n * k, min(n, k), who)]


def tridiagonal(n, who=ALL):
    stages = "two_stages" if n >= TWO_STAGES_FROM else "one_stage"
    return [Flops(stages, 4 / 3 * n**3, n, who)]


def eigenpairs(n, m, who=ALL):
    """m of them: the tridiagonal form, its pairs by divide and conquer (few
    of them one by one), and their transformation, in two stages twice."""
    times = 2 if n >= TWO_STAGES_FROM else 1
    pairs = Flops("tridiagonal_pairs", n * n * m + n**3 / 3, n, who)
    if m <= SINGLE_VECTORS_TO * n:
        pairs = Steps("vector_entry", n * m)
    return [*tridiagonal(n, who), pairs,
            Flops("reflectors", times * 2 * n * n * m, n, who)]


def passes(n, reads, who=ALL):
    """So many reads and writes of one triangle."""
    return [Bytes(reads * 4.0 * n * n, "copy", who)]


# ---- on a grid of ranks: the same flops, dealt evenly, and messages; on one
# ---- rank LAPACK's own routines


def _panels(n, ranks, sweeps=1.0):
    """Panels of PANEL columns go along the rows of the grid, and transposed
    along its columns; what is left shrinks from n to 0."""
    rows, columns = grid_of(ranks)
    n_panels = max(1, n / PANEL)
    half = 0.5 * 8.0 * n * PANEL  # a panel, on average over what is left
    return [Message("broadcast", half / rows, sweeps * n_panels, columns),
            Message("broadcast", half / columns, sweeps * n_panels, rows)]


def grid_cholesky(n, ranks):
    if ranks == 1:
        return cholesky(n)
    return [Flops("grid_cholesky", n**3 / 3 / ranks, n), *_panels(n, ranks)]


def grid_inverse_of_factor(n, ranks):
    if ranks == 1:
        return inverse_of_factor(n)
    return [Flops("grid_inverse", 2 * n**3 / 3 / ranks, n),
            *_panels(n, ranks, 2)]


def grid_solve(n, k, ranks):
    """L^-1 times k columns: panels of the factor go along the rows of the
    grid, solved rows along its columns."""
    if ranks == 1:
        return [Flops("gemm", 1.0 * n * n * k, n)]
    rows, columns = grid_of(ranks)
    half = 0.5 * 8.0 * n * PANEL
    return [
        Flops("grid_solve", 1.0 * n * n * k / ranks, n),
        Message("broadcast", half / rows, n / PANEL, columns),
        Message("broadcast", 8.0 * k / columns * PANEL, n / PANEL, rows)]


def grid_symmetric_product(n, k, ranks):
    """Of n x k rows that each owner fetches for its block rows and columns."""
    if ranks == 1:
        return symmetric_product(n, k)
    rows, columns = grid_of(ranks)
    return [
        Flops("grid_product", n * n * k / ranks, n),
        Message("gather", 8.0 * n / rows * k, 1, columns),
        Message("gather", 8.0 * n / columns * k, 1, rows)]


def takes_two_stages(n, ranks):
    """Over ranks, by the rule of dist/eigen.cpp."""
    return n >= max(1000, 500 * ranks)


def projection_kind(n, ranks):
    return "grid_two_stages" if takes_two_stages(n, ranks) else "grid_projection"


def projection_flops(n, m, ranks):
    """Of P(A) by m eigenpairs: the tridiagonal form, its pairs by divide and
    conquer, their transformation, and a product of rank m. Two stages
    transform back three times as much, and chase bulges through zones, of
    which the first is twice as wide and the last is done last."""
    is_two = takes_two_stages(n, ranks)
    chase = 12.0 * n * n * BAND * ranks / (ranks + 1) if is_two else 0
    return (4 / 3 * n**3 + chase + n * n * m + n**3 / 3
            + (6.0 if is_two else 2.0) * n * n * m + n * n * m)


def grid_projection(n, m, ranks):
    """In one stage each of n columns is a product with the rest of the
    matrix, whose vectors are summed and sent along the grid; panels go for the
    transformation. Over a band panels of BAND columns go to all ranks, their
    products are summed, and reflectors go to all for the transformation.

    Source: Blackford et al., ScaLAPACK Users' Guide (1997), PDSYTRD; Marek et
    al., J. Phys.: Condens. Matter 26, 213201 (2014), for the pairs.
    """
    if ranks == 1:
        return [*eigenpairs(n, m), *symmetric_product(n, m)]
    rows, columns = grid_of(ranks)
    half = 0.5 * 8.0 * n
    flops = Flops(projection_kind(n, ranks),
                  projection_flops(n, m, ranks) / ranks, n)
    if takes_two_stages(n, ranks):
        return [flops,
                Message("sum_to_all", half * BAND, n / BAND, ranks),
                Message("broadcast", half * BAND, 4 * n / BAND, ranks),
                *_panels(n, ranks)]
    return [
        flops,
        Message("sum_to_all", half / rows, n, columns),
        Message("broadcast", half / columns, n, rows),
        *_panels(n, ranks, 2)]


def operations(sizes, layout, found):
    """What kovar_distributed times; sizes: n, k. Every fifth eigenvalue is
    negative."""
    n, ranks = sizes["n"], layout.ranks
    return [Phase("product", tuple(grid_symmetric_product(n, sizes["k"],
                                                          ranks))),
            Phase("factor", tuple(grid_cholesky(n, ranks))),
            Phase("solve", tuple(grid_solve(n, n, ranks))),
            Phase("inverse", tuple(grid_inverse_of_factor(n, ranks))),
            Phase("projection", tuple(grid_projection(n, n / 5, ranks)))]
