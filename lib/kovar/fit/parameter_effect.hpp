// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_PARAMETER_EFFECT_HPP
#define KOVAR_FIT_PARAMETER_EFFECT_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/parameters.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Parameters that a fit cannot tell: nothing holds them.

namespace kovar::fit {

/// Parameters without a constraint that change no yield of a fitted bin and meet no external Hessian, in
/// ascending order, the same on all ranks. Collective.
/// Cost: reads the columns of the variations once where a systematic has no constraint.
std::vector<std::int64_t> parameters_without_effect(dist::Communicator const& comm,
                                                    TemplateTensor const& tensor,
                                                    Parameters const& parameters,
                                                    RankShare const& share);

/// Refuse a fit in which one of them is free: its Hessian is singular.
/// \param without_effect  ascending
/// \param free            parameters that a fit moves
/// \throws InputError naming them
void require_effects(Parameters const& parameters, std::vector<std::int64_t> const& without_effect,
                     std::vector<std::int64_t> const& free);

}  // namespace kovar::fit

#endif
