# SPDX-License-Identifier: BSD-3-Clause
"""Colours of a binned fit (Okabe and Ito, which all eyes tell apart)."""
LINE, BAND, POINT, OTHER = "#0072B2", "#56B4E9", "#333333", "#D55E00"
REST = "#BBBBBB"  # of what is small, together
PROCESSES = ["#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442",
             "#D55E00", "#0072B2", "#777777"]
