// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/error.hpp>
#include <support/build_info.hpp>
#include <support/exit_code.hpp>
#include <support/text.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <array>
#include <filesystem>

extern char** environ;  // of POSIX; no header declares it

namespace kovar::apps {
namespace {

constexpr char const* how_to_install =
    "on Debian: apt install python3-h5py python3-matplotlib; elsewhere: pip install h5py "
    "matplotlib";

/// Run python3 to its end. \return its exit code
int run_python(std::vector<std::string> arguments)
{
  arguments.insert(arguments.begin(), "python3");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  pid_t child = 0;
  int const fault = posix_spawnp(&child, "python3", nullptr, nullptr, argv.data(), environ);
  if (fault != 0)
    throw Error(std::string("plot: python3 was not found (it draws the pictures); ") +
                how_to_install);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : int{exit_error};
}

/// \throws Error that names the packages that python3 lacks
void require_packages()
{
  // Looks them up without importing, and answers in bits above 64.
  int const answer =
      run_python({"-c",
                  "import sys, importlib.util as u\n"
                  "lost = [u.find_spec(m) is None for m in ('numpy', 'h5py', 'matplotlib')]\n"
                  "sys.exit(64 + sum(2**k * l for k, l in enumerate(lost)))"});
  std::vector<std::string> lost;
  std::array<char const*, 3> const packages = {"numpy", "h5py", "matplotlib"};
  for (std::size_t k = 0; k < packages.size(); ++k)
    if (answer < 64 || ((answer - 64) >> k & 1) != 0) lost.emplace_back(packages[k]);
  if (!lost.empty())
    throw Error("plot: python3 lacks " + join(lost) + " (it draws the pictures); " +
                how_to_install);
}

/// Beside the installed program, else in the source tree that it was built from.
std::string find_script()
{
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path const program = fs::read_symlink("/proc/self/exe", ignored);
  std::array<fs::path, 2> const places = {
      program.parent_path().parent_path() / KOVAR_DATA_FOLDER / "kovar_plot.py",
      KOVAR_PLOT_SCRIPT_IN_SOURCE};
  for (fs::path const& place : places)
    if (fs::exists(place, ignored)) return place.string();
  throw Error("plot: the script kovar_plot.py is neither at '" + places[0].string() + "' nor at '" +
              places[1].string() + "'; install kovar again");
}

int draw(OptionValues const& values)
{
  std::string const result = values.text("result");
  KOVAR_REQUIRE(std::filesystem::exists(result),
                "plot: there is no file '" << result << "'; 'kovar gsn estimate' writes one");
  require_packages();
  return run_python({find_script(), result, "--output=" + values.text("output")});
}

int run_plot(Context const& context, OptionValues const& values)
{
  double code = exit_done;
  dist::agree(context.comm, [&] {
    if (context.comm.is_root()) code = draw(values);
  });
  context.comm.broadcast(&code, 1);
  return static_cast<int>(code);
}

}  // namespace

Command plot()
{
  return {
      "plot",
      "pictures of a result file",
      "Draws the eigenspectra of signal and noise, the likelihood of the shrinkage levels, the "
      "noise ceilings and the covariance matrices, each as PNG and SVG. Needs python3 with h5py "
      "and matplotlib.",
      {"kovar plot result.h5", "kovar plot result.h5 --output=pictures"},
      {{{"Pictures",
         {
             {"result", OptionKind::file, required, "HDF5 file of 'kovar gsn estimate'"},
             {"output", OptionKind::folder, ".", "folder of the pictures"},
         }}},
       "result"},
      Needs::nothing,
      run_plot};
}

}  // namespace kovar::apps
