#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write synthetic house prices: 20,640 rows of 8 features, drawn by a formula.

No real record is in them.  They have the size and the difficulties of the
California housing data: skewed counts that go together, two coordinates with
towns, a nonlinear price, noise that grows with the price, and a price cap.
Rows 0 to 16,999 are for training, 17,000 to 19,999 for validation, the last
640 for a test.  The noise is known, and with it the least error possible.
"""
import argparse
import csv
import math

import h5py
import numpy as np

COLUMNS = ("income", "age", "rooms", "bedrooms", "population", "households",
           "north", "east")
SKEWED = ("rooms", "bedrooms", "population", "households")
TARGET = "price"
N_ROWS, N_TRAIN, N_VALIDATION = 20640, 17000, 3000
LEAST, CAP = 15000.0, 500000.0  # prices outside are recorded as these
TOWNS = ((2.0, 1.5, 0.9), (7.5, 3.5, 1.2), (5.0, 8.0, 0.6))  # place, spread

EXAMPLES = """\
examples:
  housing_shape.py --csv=housing_shape.csv --hdf5=housing_shape.h5
  housing_shape.py --prepared=prepared.h5      # for the training case
"""


def draw(seed=1):
    """Features (N_ROWS x 8), prices, their mean and expectation by row."""
    random = np.random.default_rng(seed)
    town = random.choice(4, N_ROWS, p=(0.35, 0.3, 0.1, 0.25))
    place = random.uniform(0, 10, (N_ROWS, 2))  # of those outside the towns
    for i, (north, east, spread) in enumerate(TOWNS):
        inside = town == i
        place[inside] = ((north, east) + spread
                         * random.standard_normal((inside.sum(), 2)))
    place = place.clip(0, 10)
    near = sum(np.exp(-((place - (n, e))**2).sum(1) / (2 * (2 * s)**2))
               for n, e, s in TOWNS)
    income = np.exp(1.1 + 0.25 * near + 0.42 * random.standard_normal(N_ROWS))
    age = random.triangular(1, 32 - 5 * np.minimum(near, 1), 52)
    households = np.exp(6.0 + 0.7 * random.standard_normal(N_ROWS))
    rooms = households * np.exp(1.35 + 0.25 * np.log(income)
                                + 0.2 * random.standard_normal(N_ROWS))
    bedrooms = households * np.exp(0.06
                                   + 0.12 * random.standard_normal(N_ROWS))
    population = households * np.exp(1.05 - 0.05 * np.log(income) + 0.3
                                     * random.standard_normal(N_ROWS))
    features = np.stack([income, age.round(), rooms.round(), bedrooms.round(),
                         population.round(), households.round(), *place.T], 1)
    centre, spread = price_and_noise(features)
    price = centre + spread * random.standard_normal(N_ROWS)
    return (features, price.clip(LEAST, CAP),
            mean_of_clipped(centre, spread))


def price_and_noise(features):
    """Mean and standard deviation of the price before the cap."""
    income, age, rooms, bedrooms, population, households, north, east = (
        features.T)
    earning = 38000 * income * (1 + 0.35 * np.tanh(income - 4))
    coast = np.minimum(north + 0.3 * np.sin(2 * east), 4)  # kink inland
    place = 70000 * np.exp(-coast / 1.5) * (1 + 0.4 * np.cos(0.9 * east))
    town = sum(60000 * np.exp(-((north - n)**2 + (east - e)**2) / (2 * s**2))
               for n, e, s in TOWNS)
    crowding = -22000 * np.maximum(
        np.log(population / np.maximum(households, 1)) - 0.9, 0)
    room = 30000 * np.log(rooms / np.maximum(bedrooms, 1))
    old = 600 * np.abs(age - 25)
    centre = 0.85 * earning + place + town * np.sqrt(income / 3) + (
        crowding + room + old - 10000)
    spread = 9000 + 0.11 * np.abs(centre) + 12000 * np.exp(-households / 200)
    return centre, spread


def mean_of_clipped(mean, spread):
    """Expectation of a normal number clipped to [LEAST, CAP]."""
    def part(limit):
        t = (limit - mean) / spread
        cdf = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in t])
        return cdf, np.exp(-t**2 / 2) / math.sqrt(2 * math.pi)

    (cdf_low, pdf_low), (cdf_high, pdf_high) = part(LEAST), part(CAP)
    return (LEAST * cdf_low + CAP * (1 - cdf_high)
            + mean * (cdf_high - cdf_low) + spread * (pdf_low - pdf_high))


def least_rmse(price, expectation, rows):
    """Error of the true expectation: no model of the features has less."""
    return float(np.sqrt(np.mean((price - expectation)[rows]**2)))


def prepare(features, price):
    """Skewed columns logged, all standardised by the training rows."""
    features = features.copy()
    for name in SKEWED:
        i = COLUMNS.index(name)
        features[:, i] = np.log(np.maximum(features[:, i], 1))
    train = slice(0, N_TRAIN)
    features -= features[train].mean(0)
    features /= features[train].std(0)
    mean, scale = price[train].mean(), price[train].std()
    return features, (price - mean) / scale, scale


def write_csv(path, features, price):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, TARGET])
        for row, value in zip(features, price):
            writer.writerow([f"{v:.6g}" for v in row] + [f"{value:.2f}"])


def as_written(features, price):
    """The digits that the CSV file keeps, so that both files agree."""
    return (np.array([[float(f"{v:.6g}") for v in row] for row in features]),
            np.array([float(f"{v:.2f}") for v in price]))


def write_hdf5(path, features, price, expectation):
    with h5py.File(path, "w") as file:
        file["X"], file["y"] = features, price
        file["X"].attrs["columns"] = list(COLUMNS)
        file["y"].attrs["column"] = TARGET
        file.attrs["source"] = "synthetic, perf/spectral/housing_shape.py"
        for name, rows in (("train", slice(0, N_TRAIN)),
                           ("validation",
                            slice(N_TRAIN, N_TRAIN + N_VALIDATION)),
                           ("test", slice(N_TRAIN + N_VALIDATION, None))):
            file.attrs[f"least_rmse_{name}"] = least_rmse(
                price, expectation, rows)


def write_prepared(path, features, price):
    x, y, scale = prepare(features, price)
    test = slice(N_TRAIN, N_TRAIN + N_VALIDATION)
    with h5py.File(path, "w") as file:
        file["X_train"], file["y_train"] = x[:N_TRAIN], y[:N_TRAIN]
        file["X_test"], file["y_test"] = x[test], y[test]
        file.attrs["target_scale"] = scale


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--seed", type=int, default=1, help="default 1")
    add("--csv", metavar="FILE", help="header and rows, price last")
    add("--hdf5", metavar="FILE", help="X, y and the least errors possible")
    add("--prepared", metavar="FILE", help="X_train, y_train, X_test, y_test:"
        " logged and standardised, 17,000 and 3,000 rows")
    arguments = parser.parse_args()
    features, price, expectation = draw(arguments.seed)
    features, price = as_written(features, price)
    if arguments.csv:
        write_csv(arguments.csv, features, price)
    if arguments.hdf5:
        write_hdf5(arguments.hdf5, features, price, expectation)
    if arguments.prepared:
        write_prepared(arguments.prepared, features, price)
    capped = 100 * np.mean(price == CAP)
    print(f"price: mean {price.mean():.0f}, standard deviation"
          f" {price.std():.0f}, {capped:.1f} % at the cap;"
          f" least RMSE {least_rmse(price, expectation, slice(None)):.0f}")


if __name__ == "__main__":
    main()
