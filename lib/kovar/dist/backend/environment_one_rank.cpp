// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/environment.hpp>

#include <cstdlib>

// Environment where MPI is off: nothing to start and nothing to end.

namespace kovar::dist {

Environment::Environment(int&, char**&) {}
Environment::~Environment() = default;
void Environment::abort(int code) { std::_Exit(code); }
std::string Environment::version() { return "off"; }

}  // namespace kovar::dist
