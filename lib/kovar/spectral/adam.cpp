// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/lane_math.hpp>
#include <kovar/core/lanes.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/spectral/adam.hpp>

#include <cmath>

namespace kovar::spectral {
namespace {

/// The numbers of one step, the same for all parameters.
template <class Scalar>
struct StepFactors {
  Scalar beta1;
  Scalar beta2;
  Scalar rest1;         ///< 1 - beta1
  Scalar rest2;         ///< 1 - beta2
  Scalar keep;          ///< of the parameter, by decoupled decay
  Scalar decay;         ///< of the parameter, into the gradient
  Scalar rate;          ///< over 1 - beta1^t
  Scalar second_scale;  ///< 1 / sqrt(1 - beta2^t)
  Scalar epsilon;
};

template <class Scalar>
StepFactors<Scalar> factors_of(AdamOptions const& options, std::int64_t step, double rate)
{
  bool const is_decoupled = options.decay == WeightDecay::decoupled;
  auto const t = static_cast<double>(step);
  StepFactors<Scalar> f{};
  f.beta1 = static_cast<Scalar>(options.beta1);
  f.beta2 = static_cast<Scalar>(options.beta2);
  f.rest1 = static_cast<Scalar>(1 - options.beta1);
  f.rest2 = static_cast<Scalar>(1 - options.beta2);
  f.keep = static_cast<Scalar>(is_decoupled ? 1 - rate * options.weight_decay : 1);
  f.decay = static_cast<Scalar>(is_decoupled ? 0 : options.weight_decay);
  f.rate = static_cast<Scalar>(rate / (1 - std::pow(options.beta1, t)));
  f.second_scale = static_cast<Scalar>(1 / std::sqrt(1 - std::pow(options.beta2, t)));
  f.epsilon = static_cast<Scalar>(options.epsilon);
  return f;
}

/// One parameter, or as many as a pack has lanes.
template <class Pack, class Scalar>
KOKKOS_FORCEINLINE_FUNCTION void update(StepFactors<Scalar> const& f, Scalar* parameter,
                                        Scalar const* gradient, Scalar* first, Scalar* second)
{
  Pack const x = load_lanes<Pack>(parameter);
  Pack const g = load_lanes<Pack>(gradient) + f.decay * x;
  Pack const m = f.beta1 * load_lanes<Pack>(first) + f.rest1 * g;
  Pack const v = f.beta2 * load_lanes<Pack>(second) + f.rest2 * (g * g);
  store_lanes(m, first);
  store_lanes(v, second);
  store_lanes(f.keep * x - f.rate * m / (lane_sqrt(v) * f.second_scale + f.epsilon), parameter);
}

}  // namespace

void require_valid(AdamOptions const& options)
{
  for (double const beta : {options.beta1, options.beta2})
    KOVAR_REQUIRE(beta >= 0 && beta < 1, "Adam: a beta is " << beta
                                                            << " (it weighs the past against the "
                                                               "present); give one in [0, 1)");
  KOVAR_REQUIRE(options.epsilon > 0 && std::isfinite(options.epsilon),
                "Adam: epsilon is " << options.epsilon
                                    << " (it keeps divisors from zero); give a positive one");
  KOVAR_REQUIRE(options.weight_decay >= 0 && std::isfinite(options.weight_decay),
                "Adam: weight_decay is " << options.weight_decay
                                         << " (parameters would grow); give 0 or more");
}

template <class Scalar, class ExecSpace>
Adam<Scalar, ExecSpace>::Adam(ExecSpace const& space, AdamOptions const& options, std::int64_t n)
    : options_(options),
      first_moment_(Kokkos::view_alloc(space, "kovar::spectral::first_moment"),
                    static_cast<std::size_t>(n)),
      second_moment_(Kokkos::view_alloc(space, "kovar::spectral::second_moment"),
                     static_cast<std::size_t>(n))
{
  require_valid(options);
}

template <class Scalar, class ExecSpace>
void Adam<Scalar, ExecSpace>::step(ExecSpace const& space,
                                   Vector<Scalar, ExecSpace> const& parameters,
                                   Vector<Scalar, ExecSpace> const& gradient, double learning_rate)
{
  KOVAR_REQUIRE(parameters.extent(0) == first_moment_.extent(0) &&
                    gradient.extent(0) == first_moment_.extent(0),
                "Adam: " << parameters.extent(0) << " parameters and " << gradient.extent(0)
                         << " derivatives for a state of " << first_moment_.extent(0)
                         << " (one of each is needed)");
  using Pack = typename Lanes<Scalar, ExecSpace>::type;
  constexpr std::int64_t width = Lanes<Scalar, ExecSpace>::n;
  auto const f = factors_of<Scalar>(options_, ++n_steps_, learning_rate);
  auto const n = static_cast<std::int64_t>(parameters.extent(0));
  Scalar* const parameter = parameters.data();
  Scalar const* const derivative = gradient.data();
  Scalar* const first = first_moment_.data();
  Scalar* const second = second_moment_.data();
  Kokkos::parallel_for(
      "kovar::spectral::adam",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0,
                                                                      (n + width - 1) / width),
      KOKKOS_LAMBDA(std::int64_t chunk) {
        std::int64_t i = chunk * width;
        if (i + width <= n)
          update<Pack>(f, parameter + i, derivative + i, first + i, second + i);
        else
          for (; i < n; ++i)
            update<Scalar>(f, parameter + i, derivative + i, first + i, second + i);
      });
}

#define KOVAR_INSTANTIATE(ExecSpace)      \
  template class Adam<double, ExecSpace>; \
  template class Adam<float, ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::spectral
