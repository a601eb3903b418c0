// SPDX-License-Identifier: BSD-3-Clause
#include <support/signals.hpp>

#include <pthread.h>
#include <unistd.h>
#include <csignal>
#include <cstring>

namespace kovar::apps {
namespace {

// A handler may touch only what needs no lock and no allocation.
char file_to_remove[4096] = "";
std::sig_atomic_t volatile has_file = 0;

/// The thread that creates files. While it handles a signal it cannot create the file anew.
pthread_t writing_thread =
    pthread_self();  // the main one, until end_cleanly_on_signals() says otherwise

extern "C" void end_on_signal(int number)
{
  if (pthread_equal(pthread_self(), writing_thread) == 0) {
    pthread_kill(writing_thread, number);
    return;
  }
  if (has_file != 0) unlink(file_to_remove);
  std::signal(number, SIG_DFL);
  std::raise(number);  // delivered when this handler returns
}

std::sig_atomic_t volatile noted_signal = 0;

extern "C" void note_signal(int number)
{
  noted_signal = number;
  if (number == SIGINT) std::signal(SIGINT, end_on_signal);
}

/// Install a handler unless a launcher (nohup) wants the signal ignored. \return what was there
void (*handle(int number, void (*handler)(int)))(int)
{
  auto* const before = std::signal(number, handler);
  if (before == SIG_IGN) std::signal(number, SIG_IGN);
  return before;
}

}  // namespace

void end_cleanly_on_signals()
{
  writing_thread = pthread_self();
  for (int const number : {SIGINT, SIGTERM}) handle(number, end_on_signal);
  std::signal(SIGXFSZ, SIG_IGN);
}

NoteSignals::NoteSignals()
{
  noted_signal = 0;
  for (int const number : {SIGINT, SIGTERM, SIGUSR1}) handle(number, note_signal);
}

NoteSignals::~NoteSignals()
{
  for (int const number : {SIGINT, SIGTERM}) handle(number, end_on_signal);
  handle(SIGUSR1, SIG_DFL);
}

int NoteSignals::noted() { return noted_signal; }

std::string signal_name(int number)
{
  switch (number) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    default:
      return "signal " + std::to_string(number);
  }
}

RemoveOnSignal::RemoveOnSignal(std::string const& path)
{
  if (path.size() >= sizeof file_to_remove) return;
  std::memcpy(file_to_remove, path.c_str(), path.size() + 1);
  has_file = 1;
}

RemoveOnSignal::~RemoveOnSignal() { has_file = 0; }

}  // namespace kovar::apps
