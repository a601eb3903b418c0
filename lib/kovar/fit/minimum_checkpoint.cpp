// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/minimum_checkpoint.hpp>

namespace kovar::fit {

namespace {

std::string name_of_point(std::string const& name) { return name + "_x"; }
std::string name_of_state(std::string const& name) { return name + "_search"; }

constexpr std::size_t n_state = 11;

std::vector<double> numbers_of(KeptSearch const& search)
{
  auto const& s = search.state;
  std::vector<double> numbers = {s.radius,
                                 s.first_radius,
                                 static_cast<double>(s.n_iterations),
                                 static_cast<double>(s.n_values),
                                 static_cast<double>(s.n_products),
                                 static_cast<double>(s.n_rejected),
                                 static_cast<double>(s.n_unchanged),
                                 s.has_restarted ? 1.0 : 0.0,
                                 search.has_ended ? 1.0 : 0.0,
                                 static_cast<double>(search.status),
                                 search.distance};
  numbers.insert(numbers.end(), search.preconditioner.begin(), search.preconditioner.end());
  return numbers;
}

KeptSearch search_of(std::vector<double> const& numbers)
{
  KeptSearch search;
  auto& s = search.state;
  auto const count = [&](std::size_t k) { return static_cast<int>(numbers[k]); };
  s.radius = numbers[0];
  s.first_radius = numbers[1];
  s.n_iterations = count(2);
  s.n_values = count(3);
  s.n_products = count(4);
  s.n_rejected = count(5);
  s.n_unchanged = count(6);
  s.has_restarted = count(7) != 0;
  search.has_ended = count(8) != 0;
  search.status = static_cast<optim::TrustRegionStatus>(count(9));
  search.distance = numbers[10];
  search.preconditioner.assign(numbers.begin() + n_state, numbers.end());
  return search;
}

}  // namespace

std::optional<KeptSearch> read_search(Checkpoint const& checkpoint, std::string const& name,
                                      std::size_t n_free)
{
  if (!checkpoint.holds(name_of_state(name))) return std::nullopt;
  auto const numbers = checkpoint.numbers(name_of_state(name));
  auto const x = checkpoint.numbers(name_of_point(name));
  if (numbers.size() < n_state || x.size() != n_free)
    throw InputError("fit: the checkpoint has a search '" + name + "' over " +
                         std::to_string(x.size()) + " parameters (this fit moves " +
                         std::to_string(n_free) +
                         "); it is of another fit: give it another file, or remove this one",
                     true);
  auto search = search_of(numbers);
  search.x = x;
  return search;
}

void keep_search(Checkpoint& checkpoint, std::string const& name, KeptSearch const& search)
{
  checkpoint.put_numbers(name_of_point(name), search.x);
  checkpoint.put_numbers(name_of_state(name), numbers_of(search));
  checkpoint.complete_stage(name + ", iteration " + std::to_string(search.state.n_iterations));
}

}  // namespace kovar::fit
