// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BULGE_KERNELS_HPP
#define KOVAR_LINALG_BULGE_KERNELS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>

/// \file
/// Work of one step of bulge chasing on blocks that stay in the first cache. All loops have a fixed
/// length, a multiple of the lanes of a vector register; blocks at the end of the band are filled
/// up with zeros, which stay zeros.

namespace kovar::linalg::bulge {

constexpr int n_lanes = 8;

/// H = I - tau v v^T with v[0] = 1.
template <class Scalar, int Width>
struct Reflector {
  Scalar v[Width];
  Scalar tau;
};

/// The reflector that takes x to (beta, 0 ... 0). Returns beta. x is scaled first, so that no square
/// overflows.
template <int Width, class Scalar>
Scalar make_reflector(Scalar const* x, Reflector<Scalar, Width>& h)
{
  Scalar largest = 0;
  for (int i = 1; i < Width; ++i) largest = std::max(largest, std::fabs(x[i]));
  std::fill(h.v, h.v + Width, Scalar(0));
  h.v[0] = 1;
  h.tau = 0;
  if (!(largest > 0)) return x[0];
  largest = std::max(largest, std::fabs(x[0]));
  Scalar const head = x[0] / largest;
  Scalar sum = 0;
  for (int i = 0; i < Width; ++i) {
    h.v[i] = x[i] / largest;
    sum += h.v[i] * h.v[i];
  }
  Scalar const beta = -std::copysign(std::sqrt(sum), head);
  for (int i = 1; i < Width; ++i) h.v[i] /= head - beta;
  h.v[0] = 1;
  h.tau = (beta - head) / beta;
  return beta * largest;
}

template <int Width, class Scalar>
Scalar dot(Scalar const* x, Scalar const* y)
{
  Scalar lane[n_lanes] = {};
  for (int i = 0; i < Width; i += n_lanes)
    for (int l = 0; l < n_lanes; ++l) lane[l] += x[i + l] * y[i + l];
  Scalar sum = 0;
  for (int l = 0; l < n_lanes; ++l) sum += lane[l];
  return sum;
}

/// y := D v for the symmetric Width x Width block d with its lower triangle given.
template <int Width, class Scalar>
void multiply_symmetric(Scalar const* d, std::ptrdiff_t stride, Scalar const* v, Scalar* y)
{
  std::fill(y, y + Width, Scalar(0));
  for (int j = 0; j < Width; j += n_lanes) {
    Scalar const* const tile = d + j + j * stride;
    for (int c = 0; c < n_lanes; ++c) {
      y[j + c] += tile[c + c * stride] * v[j + c];
      for (int i = c + 1; i < n_lanes; ++i) {
        y[j + i] += tile[i + c * stride] * v[j + c];
        y[j + c] += tile[i + c * stride] * v[j + i];
      }
    }
    Scalar lane[n_lanes][n_lanes] = {};
    for (int i = j + n_lanes; i < Width; i += n_lanes)
      for (int c = 0; c < n_lanes; ++c) {
        Scalar const* const column = d + i + (j + c) * stride;
        for (int l = 0; l < n_lanes; ++l) {
          y[i + l] += column[l] * v[j + c];
          lane[c][l] += column[l] * v[i + l];
        }
      }
    for (int c = 0; c < n_lanes; ++c)
      for (int l = 0; l < n_lanes; ++l) y[j + c] += lane[c][l];
  }
}

/// d := H d H for a symmetric Width x Width block, lower triangle.
template <int Width, class Scalar>
void apply_from_both_sides(Reflector<Scalar, Width> const& h, Scalar* d, std::ptrdiff_t stride)
{
  Scalar w[Width];
  multiply_symmetric<Width>(d, stride, h.v, w);
  Scalar const half = h.tau * h.tau * dot<Width>(w, h.v) / 2;
  for (int i = 0; i < Width; ++i) w[i] = h.tau * w[i] - half * h.v[i];
  for (int c = 0; c < Width; ++c) {
    Scalar* const column = d + c * stride;
    int const next_tile = (c / n_lanes + 1) * n_lanes;
    for (int i = c; i < next_tile; ++i) column[i] -= h.v[i] * w[c] + w[i] * h.v[c];
    for (int i = next_tile; i < Width; i += n_lanes)
      for (int l = 0; l < n_lanes; ++l) column[i + l] -= h.v[i + l] * w[c] + w[i + l] * h.v[c];
  }
}

/// e := G e H with the reflector G, made here, that clears the first column of e H below its head.
template <int Width, class Scalar>
void move_bulge(Reflector<Scalar, Width> const& h, Scalar* e, std::ptrdiff_t stride,
                Reflector<Scalar, Width>& g)
{
  Scalar w[Width];  // tau e v
  for (int i = 0; i < Width; i += n_lanes) {
    Scalar lane[n_lanes] = {};
    for (int c = 0; c < Width; ++c)
      for (int l = 0; l < n_lanes; ++l) lane[l] += e[i + l + c * stride] * h.v[c];
    for (int l = 0; l < n_lanes; ++l) w[i + l] = h.tau * lane[l];
  }
  Scalar first[Width];
  for (int i = 0; i < Width; ++i) first[i] = e[i] - w[i];  // v[0] = 1
  Scalar const beta = make_reflector<Width>(first, g);
  Scalar const g_w = dot<Width>(g.v, w);
  Scalar scaled[Width];
  for (int i = 0; i < Width; ++i) scaled[i] = g.tau * g.v[i];
  for (int c = 1; c < Width; ++c) {
    Scalar* const column = e + c * stride;
    Scalar const z = dot<Width>(g.v, column) - g_w * h.v[c];  // of g and the column of e H
    for (int i = 0; i < Width; ++i) column[i] -= w[i] * h.v[c] + scaled[i] * z;
  }
  e[0] = beta;
  std::fill(e + 1, e + Width, Scalar(0));
}

}  // namespace kovar::linalg::bulge

#endif
