// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/kernel.hpp>

#include <algorithm>
#include <utility>

namespace kovar::gp {
namespace {

Kernel leaf(KernelKind kind, std::vector<Parameter> parameters)
{
  return {kind, std::move(parameters), {}, {}};
}

std::size_t size_of(int n_scales, KernelKind kind)
{
  KOVAR_REQUIRE(n_scales > 0, name_of(kind) << " with " << n_scales
                                            << " scales (1, or one for each column it sees)");
  return static_cast<std::size_t>(n_scales);
}

Kernel stationary(KernelKind kind, int n_scales)
{
  return leaf(kind, {make_parameter("lengthscale", size_of(n_scales, kind))});
}

Kernel with_period(KernelKind kind, int n_scales)
{
  std::size_t const size = size_of(n_scales, kind);
  return leaf(kind, {make_parameter("lengthscale", size), make_parameter("period_length", size)});
}

/// a + b + c is one sum of three.
Kernel join(KernelKind kind, Kernel a, Kernel b)
{
  Kernel result{kind, {}, {}, {}};
  if (a.kind == kind)
    result.children = std::move(a.children);
  else
    result.children.push_back(std::move(a));
  result.children.push_back(std::move(b));
  return result;
}

}  // namespace

char const* name_of(KernelKind kind)
{
  switch (kind) {
    case KernelKind::rbf:
      return "rbf";
    case KernelKind::matern12:
      return "matern12";
    case KernelKind::matern32:
      return "matern32";
    case KernelKind::matern52:
      return "matern52";
    case KernelKind::rq:
      return "rq";
    case KernelKind::periodic:
      return "periodic";
    case KernelKind::periodic_squared:
      return "periodic_squared";
    case KernelKind::linear:
      return "linear";
    case KernelKind::scale:
      return "scale";
    case KernelKind::sum:
      return "sum";
    case KernelKind::product:
      break;
  }
  return "product";
}

Kernel Kernel::on_columns(std::vector<int> these) const
{
  KOVAR_REQUIRE(is_leaf(), "on_columns of a "
                               << name_of(kind)
                               << " (only a leaf sees columns); choose them in its leaves");
  KOVAR_REQUIRE(!these.empty(),
                "on_columns: no column for " << name_of(kind) << "; name one or more");
  std::vector<int> sorted = these;
  std::sort(sorted.begin(), sorted.end());
  KOVAR_REQUIRE(
      sorted.front() >= 0 && std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
      "on_columns: columns of " << name_of(kind) << " must differ and count from 0");
  Kernel result = *this;
  result.columns = std::move(these);
  return result;
}

Parameter& Kernel::parameter(std::string const& name)
{
  std::string names;
  for (Parameter& parameter : parameters) {
    if (parameter.name == name) return parameter;
    names += (names.empty() ? "" : ", ") + parameter.name;
  }
  throw InputError(std::string("the kernel ") + name_of(kind) + " has no parameter '" + name +
                   "' (it has: " + (names.empty() ? "none" : names) + ")");
}

Kernel rbf(int n_scales) { return stationary(KernelKind::rbf, n_scales); }
Kernel matern12(int n_scales) { return stationary(KernelKind::matern12, n_scales); }
Kernel matern32(int n_scales) { return stationary(KernelKind::matern32, n_scales); }
Kernel matern52(int n_scales) { return stationary(KernelKind::matern52, n_scales); }
Kernel periodic(int n_scales) { return with_period(KernelKind::periodic, n_scales); }
Kernel periodic_squared(int n_scales)
{
  return with_period(KernelKind::periodic_squared, n_scales);
}

Kernel rq(int n_scales)
{
  Kernel result = stationary(KernelKind::rq, n_scales);
  result.parameters.push_back(make_parameter("alpha", 1));
  return result;
}

Kernel linear(int n_variances)
{
  return leaf(KernelKind::linear,
              {make_parameter("variance", size_of(n_variances, KernelKind::linear))});
}

Kernel scale(Kernel base)
{
  Kernel result{KernelKind::scale, {make_parameter("outputscale", 1)}, {}, {}};
  result.children.push_back(std::move(base));
  return result;
}

Kernel operator+(Kernel a, Kernel b) { return join(KernelKind::sum, std::move(a), std::move(b)); }

Kernel operator*(Kernel a, Kernel b)
{
  return join(KernelKind::product, std::move(a), std::move(b));
}

}  // namespace kovar::gp
