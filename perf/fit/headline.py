# SPDX-License-Identifier: BSD-3-Clause
"""The headline problem in Python: kovar's functions, and the same by SciPy.

Both work on the same numbers, which the module of kovar draws and keeps.
"""
import ctypes

import numpy as np
import scipy.sparse

DOUBLES = np.ctypeslib.ndpointer(dtype=np.float64, flags="C_CONTIGUOUS")
POINTER = ctypes.POINTER(ctypes.c_double)


class MatrixParts(ctypes.Structure):
    _fields_ = [("n_rows", ctypes.c_int64), ("n_columns", ctypes.c_int64),
                ("n_entries", ctypes.c_int64),
                ("row_start", ctypes.POINTER(ctypes.c_int64)),
                ("column", ctypes.POINTER(ctypes.c_int32)),
                ("value", POINTER)]

    def matrix(self):
        """A CSR matrix over the memory of the module."""
        view = np.ctypeslib.as_array
        return scipy.sparse.csr_matrix(
            (view(self.value, (self.n_entries,)),
             view(self.column, (self.n_entries,)),
             view(self.row_start, (self.n_rows + 1,))),
            shape=(self.n_rows, self.n_columns), copy=False)


class FitReport(ctypes.Structure):
    _fields_ = [("value", ctypes.c_double), ("distance", ctypes.c_double),
                ("is_converged", ctypes.c_int64),
                ("n_iterations", ctypes.c_int64),
                ("n_values", ctypes.c_int64), ("n_products", ctypes.c_int64)]

    def fields(self):
        return {name: getattr(self, name) for name, _ in self._fields_}


class Kovar:
    """The likelihood by kovar."""

    def __init__(self, module, scale, decades, threads):
        self.library = ctypes.CDLL(module)
        for name, arguments, result in (
                ("open", [ctypes.c_double, ctypes.c_double, ctypes.c_int],
                 ctypes.c_int),
                ("n_parameters", [], ctypes.c_int64),
                ("n_bins", [], ctypes.c_int64),
                ("value_and_gradient", [DOUBLES, DOUBLES], ctypes.c_double),
                ("carried_value_and_gradient",
                 [DOUBLES, ctypes.c_double, DOUBLES], ctypes.c_double),
                ("hessian_product", [DOUBLES, DOUBLES], None),
                ("minimize",
                 [ctypes.c_double, DOUBLES, ctypes.POINTER(FitReport)],
                 ctypes.c_int)):
            function = getattr(self.library, "kovar_" + name)
            function.argtypes = arguments
            function.restype = result
        if self.library.kovar_open(scale, decades, threads) != 0:
            raise RuntimeError("kovar could not make the problem")
        self.n = self.library.kovar_n_parameters()
        self.n_bins = self.library.kovar_n_bins()

    def value_and_gradient(self, x):
        gradient = np.empty(self.n)
        return self.library.kovar_value_and_gradient(x, gradient), gradient

    def carried_value_and_gradient(self, x, alpha):
        gradient = np.empty(self.n)
        return self.library.kovar_carried_value_and_gradient(
            x, alpha, gradient), gradient

    def hessian_product(self, u):
        product = np.empty(self.n)
        self.library.kovar_hessian_product(u, product)
        return product

    def minimize(self, tolerance=0.0):
        """Until the distance is below a tolerance; 0: kovar's own end."""
        x, report = np.empty(self.n), FitReport()
        if self.library.kovar_minimize(tolerance, x,
                                       ctypes.byref(report)) != 0:
            raise RuntimeError("kovar's fit failed")
        return x, report.fields()

    def lists(self):
        """Yields, squared weights and data by bin, external gradient."""
        pointers = [POINTER() for _ in range(4)]
        self.library.kovar_lists(*map(ctypes.byref, pointers))
        sizes = [self.n_bins] * 3 + [self.n]
        return [np.ctypeslib.as_array(p, (size,))
                for p, size in zip(pointers, sizes)]

    def variations(self):
        parts = MatrixParts()
        self.library.kovar_variations(ctypes.byref(parts))
        return parts.matrix()

    def external_hessian(self):
        """Both triangles, as SciPy multiplies them."""
        upper, diagonal = MatrixParts(), POINTER()
        self.library.kovar_external_hessian(ctypes.byref(upper),
                                            ctypes.byref(diagonal))
        half = upper.matrix()
        whole = half + half.T.tocsr()
        whole.setdiag(np.ctypeslib.as_array(diagonal, (self.n,)))
        return whole


class Scipy:
    """The likelihood by NumPy and products of SciPy's CSR matrices."""

    def __init__(self, kovar):
        self.variations = kovar.variations()
        self.hessian = kovar.external_hessian()
        self.yields, squared, self.data, self.linear = kovar.lists()
        self.kstat = self.yields**2 / squared
        self.exponent = None

    def value_and_gradient(self, x):
        """Poisson with the profiled gamma constraint of each bin."""
        n = self.yields * np.exp(self.variations @ x)
        d, k = self.data, self.kstat
        beta = (d + k) / (n + k)
        product = self.hessian @ x
        ratio = np.where(d > 0, np.log(np.maximum(beta * n, 1e-300) / np.maximum(d, 1)), 0)
        value = (np.sum(beta * n - d - d * ratio)
                 + np.sum(k * (beta - 1 - np.log(beta)))
                 + x @ product / 2 + self.linear @ x)
        slope = k * (n - d) / (n * (n + k))
        self.exponent = (n, slope)
        return value, (self.variations.T @ (slope * n) + product + self.linear)

    def hessian_product(self, u):
        """At the point of the last gradient."""
        n, slope = self.exponent
        d, k = self.data, self.kstat
        curvature = d / n**2 - (d + k) / (n + k)**2
        change = n * (self.variations @ u)
        return (self.variations.T @ (curvature * n * change + slope * change)
                + self.hessian @ u)
