// SPDX-License-Identifier: BSD-3-Clause
#include <support/signals.hpp>

#include <unistd.h>
#include <csignal>
#include <cstring>

namespace kovar::apps {
namespace {

// A handler may touch only what needs no lock and no allocation.
char file_to_remove[4096] = "";
std::sig_atomic_t volatile has_file = 0;

extern "C" void end_on_signal(int number)
{
  if (has_file != 0) unlink(file_to_remove);
  std::signal(number, SIG_DFL);
  std::raise(number);  // delivered when this handler returns
}

}  // namespace

void end_cleanly_on_signals()
{
  for (int const number : {SIGINT, SIGTERM})
    // A launcher that wants a signal ignored (nohup) keeps its will.
    if (std::signal(number, end_on_signal) == SIG_IGN) std::signal(number, SIG_IGN);
}

RemoveOnSignal::RemoveOnSignal(std::string const& path)
{
  if (path.size() >= sizeof file_to_remove) return;
  std::memcpy(file_to_remove, path.c_str(), path.size() + 1);
  has_file = 1;
}

RemoveOnSignal::~RemoveOnSignal() { has_file = 0; }

}  // namespace kovar::apps
