// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/external_hessian.hpp>
#include <kovar/fit/preconditioner.hpp>
#include <kovar/fit/preconditioner_blocks.hpp>
#include <kovar/fit/preconditioner_diagonal.hpp>
#include <kovar/fit/preconditioner_factor.hpp>

#include <algorithm>
#include <unordered_map>

namespace kovar::fit {

namespace {

bool has_hessian(std::vector<ExternalTerm> const& terms)
{
  return std::any_of(terms.begin(), terms.end(),
                     [](ExternalTerm const& term) { return term.has_hessian(); });
}

// Are there more entries than n, of which ranks have parts? Collective where they have.
bool is_too_large_to_gather(dist::Communicator const& comm, std::vector<ExternalTerm> const& terms,
                            std::int64_t n)
{
  double n_mine = 0;
  for (auto const& term : terms)
    if (!term.dealt_rows.empty()) n_mine += static_cast<double>(term.hessian.upper.n_entries());
  bool const is_dealt = std::any_of(terms.begin(), terms.end(), [](ExternalTerm const& term) {
    return !term.dealt_rows.empty();
  });
  if (is_dealt) comm.sum_to_all(&n_mine, 1);
  return n_mine > static_cast<double>(n);
}

// Places among the parameters that move, of each block; frozen ones left out.
std::vector<std::vector<std::int64_t>> block_places(
    Parameters const& parameters, std::vector<std::int64_t> const& free,
    std::vector<std::vector<std::string>> const& blocks)
{
  constexpr std::int64_t frozen = -1;
  constexpr std::int64_t taken = -2;
  std::unordered_map<std::string, std::int64_t> places;
  for (auto const& name : parameters.names) places.emplace(name, frozen);
  for (std::size_t k = 0; k < free.size(); ++k)
    places[parameters.names[static_cast<std::size_t>(free[k])]] = static_cast<std::int64_t>(k);
  std::vector<std::vector<std::int64_t>> found(blocks.size());
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (auto const& name : blocks[b]) {
      auto const place = places.find(name);
      if (place == places.end()) parameters.index(name);  // throws, naming the nearest
      KOVAR_REQUIRE(place->second != taken,
                    "preconditioner: '" << name
                                        << "' stands in the blocks twice (a parameter is in one "
                                           "block at most); name it once");
      if (place->second != frozen) found[b].push_back(place->second);
      place->second = taken;
    }
  return found;
}

void require_options(PreconditionerOptions const& options)
{
  bool const wants_blocks = options.kind == PreconditionerKind::block_diagonal;
  bool const has_blocks = !options.blocks.empty();
  KOVAR_REQUIRE(
      wants_blocks == has_blocks,
      "preconditioner: " << name_of(options.kind)
                         << (has_blocks ? " has no use for the blocks that are given; ask "
                                          "for block_diagonal or give none"
                                        : " needs blocks (names of parameters that the "
                                          "data correlate); give them, or ask for "
                                          "diagonal"));
  bool const wants_terms = options.kind == PreconditionerKind::sparse_cholesky ||
                           options.kind == PreconditionerKind::incomplete_cholesky;
  KOVAR_REQUIRE(!wants_terms || has_hessian(options.external_terms),
                "preconditioner: " << name_of(options.kind)
                                   << " needs external terms with a Hessian (it is the factor of "
                                      "theirs) and there is none; ask for diagonal");
}

}  // namespace

char const* name_of(PreconditionerKind kind)
{
  switch (kind) {
    case PreconditionerKind::automatic:
      return "automatic";
    case PreconditionerKind::none:
      return "none";
    case PreconditionerKind::diagonal:
      return "diagonal";
    case PreconditionerKind::block_diagonal:
      return "block_diagonal";
    case PreconditionerKind::sparse_cholesky:
      return "sparse_cholesky";
    case PreconditionerKind::incomplete_cholesky:
      return "incomplete_cholesky";
  }
  return "";
}

template <class ExecSpace>
std::unique_ptr<Preconditioner<ExecSpace>> make_preconditioner(
    ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
    std::vector<std::int64_t> const& free, PreconditionerOptions const& options)
{
  require_options(options);
  auto const& parameters = likelihood.parameters();
  auto const external = [&] {
    return external_hessian(likelihood.communicator(), options.external_terms, parameters, free);
  };
  switch (options.kind) {
    case PreconditionerKind::none:
      return std::make_unique<UnitPreconditioner<ExecSpace>>();
    case PreconditionerKind::block_diagonal:
      return std::make_unique<BlockPreconditioner<ExecSpace>>(
          space, likelihood, free, block_places(parameters, free, options.blocks));
    case PreconditionerKind::sparse_cholesky:
      return std::make_unique<FactorPreconditioner<ExecSpace>>(external(),
                                                               linalg::SparseFactor::complete);
    case PreconditionerKind::incomplete_cholesky:
      return std::make_unique<FactorPreconditioner<ExecSpace>>(external(),
                                                               linalg::SparseFactor::incomplete);
    case PreconditionerKind::automatic:
#ifdef KOVAR_ENABLE_EIGEN
      if (has_hessian(options.external_terms) &&
          !is_too_large_to_gather(likelihood.communicator(), options.external_terms,
                                  AutomaticPreconditioner<ExecSpace>::largest))
        return std::make_unique<AutomaticPreconditioner<ExecSpace>>(external());
#endif
      break;
    case PreconditionerKind::diagonal:
      break;
  }
  return std::make_unique<DiagonalPreconditioner<ExecSpace>>();
}

#define KOVAR_INSTANTIATE(ExecSpace)                                              \
  template std::unique_ptr<Preconditioner<ExecSpace>> make_preconditioner(        \
      ExecSpace const&, Likelihood<ExecSpace>&, std::vector<std::int64_t> const&, \
      PreconditionerOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
