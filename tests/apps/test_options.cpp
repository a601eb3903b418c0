// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <support/format.hpp>
#include <support/help.hpp>
#include <support/option_value_kinds.hpp>
#include <support/option_values.hpp>
#include <support/progress_bar.hpp>
#include <support/signals.hpp>
#include <support/stop_rule.hpp>
#include <support/text.hpp>

#include <gtest/gtest.h>

#include <pthread.h>
#include <unistd.h>
#include <cmath>

#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>

namespace {

using namespace kovar::apps;
using kovar::InputError;
using kovar::io::ParameterType;

OptionTable table()
{
  using Kind = OptionKind;
  return {{{"Data",
            {{"input", Kind::file, required, "the data"},
             {"result", Kind::file, "", "the result"},
             {"params", Kind::file, "", "a file"}}},
           {"More",
            {{"shrinkage", Kind::flag, "true", "shrink"},
             {"n_trials", Kind::count, "3", "trials"},
             {"decay", Kind::real, "1", "decay [-d 2 or --decayRate, of others]"},
             {"levels", Kind::reals, "", "levels"},
             {"uneven", Kind::choice, "fast", "NaN", {"fast", "missing"}},
             {"returns", Kind::choices, "cN", "items", {"cN", "cS"}},
             {"budget", Kind::bytes, "0", "memory"},
             {"limit", Kind::duration, "0", "time"}}}},
          "result"};
}

OptionValues values_of(std::vector<std::string> const& arguments)
{
  OptionValues values("test", table());
  values.take_arguments(arguments);
  return values;
}

/// The message of the InputError that work throws, or "" if it throws none.
template <class Work>
std::string message_of(Work const& work)
{
  try {
    work();
  } catch (InputError const& e) {
    return e.what();
  }
  return "";
}

std::string message_for(std::vector<std::string> const& arguments)
{
  return message_of([&] { values_of(arguments).require_complete(); });
}

TEST(OptionValues, HaveTheDefaultsOfTheTable)
{
  OptionValues const values = values_of({});
  EXPECT_TRUE(values.flag("shrinkage"));
  EXPECT_EQ(values.count("n_trials"), 3);
  EXPECT_EQ(values.real("decay"), 1);
  EXPECT_TRUE(values.reals("levels").empty());
  EXPECT_FALSE(values.is_given("levels"));
  EXPECT_EQ(values.text("uneven"), "fast");
  EXPECT_EQ(values.choices("returns"), std::vector<std::string>{"cN"});
}

TEST(OptionValues, AreTakenWithAndWithoutEqualsSign)
{
  OptionValues const values =
      values_of({"--n_trials", "5", "--decay=-0.5", "--levels", "0, 0.5,1"});
  EXPECT_EQ(values.count("n_trials"), 5);
  EXPECT_EQ(values.real("decay"), -0.5);
  EXPECT_EQ(values.reals("levels"), (std::vector<double>{0, 0.5, 1}));
}

TEST(OptionValues, MayBeWrittenWithDashes)
{
  EXPECT_EQ(values_of({"--n-trials=5"}).count("n_trials"), 5);
}

TEST(OptionValues, TurnFlagsOnAndOff)
{
  EXPECT_TRUE(values_of({"--shrinkage"}).flag("shrinkage"));
  EXPECT_TRUE(values_of({"--shrinkage=true"}).flag("shrinkage"));
  EXPECT_FALSE(values_of({"--shrinkage=false"}).flag("shrinkage"));
  EXPECT_FALSE(values_of({"--shrinkage", "false"}).flag("shrinkage"));
  EXPECT_FALSE(values_of({"--no-shrinkage"}).flag("shrinkage"));
}

TEST(OptionValues, RefuseAnOptionThatIsGivenTwice)
{
  EXPECT_EQ(message_for({"--n_trials=5", "--n-trials", "6"}),
            "test: --n_trials is given twice, as '5' and as '6' (one of them would count for "
            "nothing); give it once");
  std::string const flag = "test: --shrinkage is given twice";
  EXPECT_EQ(message_for({"--shrinkage", "--no-shrinkage"}).substr(0, flag.size()), flag);
  EXPECT_EQ(message_for({"--no-shrinkage", "--no-shrinkage"}).substr(0, flag.size()), flag);
  std::string const result = "test: --result is given twice";
  EXPECT_EQ(message_for({"a.h5", "--result=b.h5"}).substr(0, result.size()), result);
}

TEST(OptionValues, AFlagDoesNotSwallowThePositionalArgument)
{
  OptionValues const values = values_of({"--shrinkage", "result.h5"});
  EXPECT_TRUE(values.flag("shrinkage"));
  EXPECT_EQ(values.text("result"), "result.h5");
}

TEST(OptionValues, NamesOfOtherProgramsAreTold)
{
  auto const told = [](std::string const& shown) {
    return "test: unknown option '" + shown +
           "' (of another program; here it is --decay); see kovar test --help";
  };
  EXPECT_EQ(message_for({"-d", "2"}), told("-d"));
  EXPECT_EQ(message_for({"--decayRate=2"}), told("--decayRate"));
  // Neither a part of such a name nor a word of the help is one.
  EXPECT_EQ(message_for({"--decayRat=2"}).find("another"), std::string::npos);
  EXPECT_EQ(message_for({"-decay"}).find("another"), std::string::npos);
  EXPECT_EQ(message_for({"--of=2"}).find("another"), std::string::npos);
}

TEST(OptionValues, AnEmptyListIsGivenAndEmpty)
{
  OptionValues const values = values_of({"--levels=", "--returns=none"});
  EXPECT_TRUE(values.is_given("levels"));
  EXPECT_TRUE(values.reals("levels").empty());
  EXPECT_TRUE(values.choices("returns").empty());
}

TEST(OptionValues, RefuseWhatIsWrongAndSayWhatIsRight)
{
  EXPECT_EQ(message_for({"--input=a", "--levls=0"}),
            "test: unknown option '--levls'; did you mean '--levels'? see kovar test --help for "
            "all");
  EXPECT_EQ(message_for({"--input=a", "--xyz=0"}),
            "test: unknown option '--xyz'; see kovar test --help for all");
  EXPECT_EQ(message_for({"-x"}), "test: unknown option '-x' (options start with --); see --help");
  EXPECT_EQ(message_for({"--uneven=misng"}),
            "test: --uneven is 'misng'; did you mean 'missing'? valid: fast, missing");
  EXPECT_EQ(message_for({"--returns=cN,dS"}),
            "test: --returns is 'cN,dS' ('dS' is unknown); did you mean 'cS'? valid: cN, cS");
  EXPECT_EQ(message_for({"--n_trials=2.5"}),
            "test: --n_trials is '2.5'; give an integer, 0 or more");
  EXPECT_EQ(message_for({"--decay=fast"}), "test: --decay is 'fast'; give a number");
  EXPECT_EQ(message_for({"--shrinkage=1"}), "test: --shrinkage is '1'; give true or false");
  EXPECT_EQ(message_for({"--decay"}),
            "test: '--decay' has no value; give a number as in --decay=...");
  EXPECT_EQ(message_for({"--no-decay"}).substr(0, 33), "test: unknown option '--no-decay'");
  EXPECT_EQ(
      message_for({"a", "b"}),
      "test: unexpected argument 'b' (a value follows its option, as in --name=value); see --help");
  EXPECT_EQ(message_for({}), "test: --input is missing (the data); see kovar test --help");
  EXPECT_EQ(message_for({"--input=a"}), "");
}

TEST(OptionValues, TakeFromAFileWhatTheCommandLineLeavesOpen)
{
  OptionValues values = values_of({"--n_trials=5"});
  values.take_parameters("p.yaml", {{"n_trials", ParameterType::integer, "7"},
                                    {"levels", ParameterType::list, "0,1"},
                                    {"decay", ParameterType::integer, "2"},
                                    {"returns", ParameterType::text, "cS"},
                                    {"input", ParameterType::text, "a.h5"}});
  EXPECT_EQ(values.count("n_trials"), 5);
  EXPECT_EQ(values.reals("levels"), (std::vector<double>{0, 1}));
  EXPECT_EQ(values.real("decay"), 2);
  EXPECT_EQ(values.choices("returns"), std::vector<std::string>{"cS"});
  EXPECT_NO_THROW(values.require_complete());
}

TEST(OptionValues, RefuseAFilesUnknownNamesAndWrongTypes)
{
  auto const message = [](kovar::io::Parameter const& parameter) {
    return message_of([&] { values_of({}).take_parameters("p.yaml", {parameter}); });
  };
  EXPECT_EQ(
      message({"uneve", ParameterType::text, "fast"}),
      "test: unknown option 'uneve' in 'p.yaml'; did you mean 'uneven'? see kovar test --help for "
      "all");
  EXPECT_EQ(message({"params", ParameterType::text, "q.yaml"}).substr(0, 39),
            "test: unknown option 'params' in 'p.yam");
  EXPECT_EQ(message({"shrinkage", ParameterType::text, "true"}),
            "test: 'shrinkage' in 'p.yaml' is a text (true); give true or false");
  EXPECT_EQ(message({"n_trials", ParameterType::real, "2.5"}),
            "test: 'n_trials' in 'p.yaml' is a real number (2.5); give an integer, 0 or more");
  EXPECT_EQ(message({"n_trials", ParameterType::integer, "-2"}),
            "test: 'n_trials' in 'p.yaml' is '-2'; give an integer, 0 or more");
  EXPECT_EQ(message({"levels", ParameterType::list, "0,x"}),
            "test: 'levels' in 'p.yaml' is '0,x'; give a list of numbers such as 0,0.5,1");
}

TEST(Bytes, AreReadWithEverySuffix)
{
  EXPECT_EQ(read_bytes("12"), 12);
  EXPECT_EQ(read_bytes("2kB"), 2000);
  EXPECT_EQ(read_bytes("1.5 GB"), 1500000000);
  EXPECT_EQ(read_bytes("1GiB"), 1073741824);
  EXPECT_EQ(read_bytes("3TB"), 3000000000000);
  for (char const* text : {"", "GB", "-1GB", "2XB", "nan", "1e30"}) EXPECT_FALSE(read_bytes(text));
}

TEST(Bytes, AreRefusedWithoutUnitWhereTheyAreFew)
{
  EXPECT_EQ(message_for({"--input=a", "--budget=8"}),
            "test: --budget is '8', which is 8 bytes; write 8GB or 8MB, or 8B if bytes are meant");
  EXPECT_EQ(message_for({"--input=a", "--budget=1.5e3"}).substr(0, 46),
            "test: --budget is '1.5e3', which is 1500 bytes");
  EXPECT_NE(message_for({"--input=a", "--budget=999999"}), "");
  for (char const* text : {"0", "8B", "8 k", "1000000", "1e9"})
    EXPECT_EQ(message_for({"--input=a", std::string("--budget=") + text}), "") << text;
  EXPECT_EQ(message_of([] {
              values_of({}).take_parameters("p.yaml", {{"budget", ParameterType::integer, "2"}});
            }),
            "test: 'budget' in 'p.yaml' is '2', which is 2 bytes; write 2GB or 2MB, or 2B if bytes "
            "are meant");
}

TEST(Durations, AreReadAsSecondsOrHoursMinutesSeconds)
{
  EXPECT_EQ(read_duration("0"), 0);
  EXPECT_EQ(read_duration("90.5"), 90.5);
  EXPECT_EQ(read_duration("00:01:30"), 90);
  EXPECT_EQ(read_duration("100:00:00"), 360000);
  EXPECT_EQ(values_of({"--limit=1:00:00"}).seconds("limit"), 3600);
  for (char const* text : {"", "-1", "nan", "inf", "1:30", "1:60:00", "1:00:60", "1::0", "a:0:0",
                           "1:00:00:00", "1:-1:00", "1:00:1.5"})
    EXPECT_FALSE(read_duration(text)) << text;
  EXPECT_EQ(message_for({"--input=a", "--limit=1:30"}),
            "test: --limit is '1:30'; give HH:MM:SS or a number of seconds");
}

using std::chrono::seconds;

TEST(StageForecast, IsTheWorkOrTheLongestStage)
{
  StageForecast forecast;
  EXPECT_EQ(forecast.after(10, 3), 30);
  EXPECT_EQ(forecast.after(30, 0), 30);
  EXPECT_EQ(forecast.after(5, 0), 30);
}

TEST(StageForecast, GrowsWithWhatStagesTookBeyondTheirWork)
{
  StageForecast forecast;
  forecast.after(10, 9);                          // 90 s by the work
  EXPECT_DOUBLE_EQ(forecast.after(181, 1), 362);  // took 181 s: so the next ones take twice as long
  EXPECT_DOUBLE_EQ(forecast.after(90, 2), 180);   // all in all 271 s in place of 271
  StageForecast idle;
  idle.after(100, 1);
  EXPECT_EQ(idle.after(10, 4), 40);  // faster than expected: not a reason to hurry
}

TEST(StageForecast, MindsNoShortStages)
{
  StageForecast forecast;
  forecast.after(1e-6, 10);
  EXPECT_NEAR(forecast.after(0.01, 1000), 10,
              0.2);  // a thousand times as long as expected, by 10 ms
}

TEST(StopRule, StopsWhenTheNextStageWouldNotEndInTime)
{
  kovar::dist::Communicator const comm;
  auto const now = StopRule::Clock::now();
  EXPECT_EQ(StopRule(comm, now, {})("first", 1e9), "");
  EXPECT_EQ(StopRule(comm, now, 1000)("first", 1), "");
  EXPECT_EQ(StopRule(comm, now, 0)("first", 1), "time limit of 0 s");
  EXPECT_EQ(StopRule(comm, now - seconds(1001), 1000)("first", 1), "time limit of 16 min 40 s");
  // The stage took some microseconds at least; a next one that takes 10^12 times as long is days.
  EXPECT_EQ(StopRule(comm, now, 1000)("first", 1e12), "time limit of 16 min 40 s");
}

TEST(StopRule, StopsAfterASignal)
{
  kovar::dist::Communicator const comm;
  StopRule rule(comm, StopRule::Clock::now(), {});
  for (int const number : {SIGTERM, SIGUSR1, SIGINT}) {
    NoteSignals const note_signals;
    EXPECT_EQ(rule("first", 1), "");
    std::raise(number);
    EXPECT_EQ(rule("second", 1), signal_name(number));
  }
}

// A process-wide signal may come to any thread; the one that writes files must be the one that ends.
TEST(EndCleanlyOnSignalsDeathTest, EndsOnTheThreadThatWrites)
{
  std::string const path = testing::TempDir() + "kovar_removed_on_signal";
  EXPECT_EXIT(
      {
        std::ofstream(path) << "part of a result";
        end_cleanly_on_signals();
        RemoveOnSignal const remove_on_signal(path);
        sigset_t term;
        sigemptyset(&term);
        sigaddset(&term, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &term, nullptr);
        std::thread([&] {
          pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
          std::raise(SIGTERM);
        }).join();
        // Still there: the other thread has handed the signal on.
        if (!std::ifstream(path)) _exit(1);
        pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
      },
      testing::KilledBySignal(SIGTERM), "");
  EXPECT_FALSE(std::ifstream(path).good());
}

TEST(NoteSignalsDeathTest, TheSecondInterruptEndsTheProgram)
{
  EXPECT_EXIT(
      {
        end_cleanly_on_signals();
        NoteSignals const note_signals;
        std::raise(SIGTERM);
        std::raise(SIGTERM);
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(Text, ShowsAListOfValidWordsOnlyIfItIsShort)
{
  EXPECT_EQ(advice("fats", {"fast", "slow"}, "--", "help"),
            "; did you mean '--fast'? valid: --fast, --slow");
  std::vector<std::string> const many = {"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"};
  EXPECT_EQ(advice("xyz", many, "--", "kovar --help"), "; see kovar --help for all");
  EXPECT_EQ(advice("xyz", many), "; valid: a1, a2, a3, a4, a5, a6, a7, a8, a9");
}

TEST(Text, SplitsAndWraps)
{
  EXPECT_EQ(split_at_commas(" a, b ,,c"), (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_TRUE(split_at_commas("  ").empty());
  EXPECT_EQ(wrap("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(quote_for_shell("a b"), "'a b'");
  EXPECT_EQ(quote_for_shell("--x=/y.h5"), "--x=/y.h5");
}

TEST(Help, ShowsEveryOptionOfTheTable)
{
  Command const command{"test", "a test", "It tests.", {"kovar test"}, table(), Needs::nothing, {}};
  std::string const help = help_of({"kovar", "all", {command}}, command);
  for (std::string const& name : table().names()) {
    if (name == table().positional) continue;
    EXPECT_NE(help.find("--" + name), std::string::npos) << name;
  }
  EXPECT_NE(help.find("RESULT"), std::string::npos);
  EXPECT_NE(help.find("(one of fast, missing; default fast)"), std::string::npos);
  EXPECT_NE(help.find("kovar test --input=FILE [options]"), std::string::npos);
}

TEST(Progress, TellsShareAndTimeLeft)
{
  std::string const line = progress_line({"noise levels", 0.25}, 10);
  EXPECT_NE(line.find("noise levels"), std::string::npos);
  EXPECT_NE(line.find("[######------------------]  25 %  30 s left"), std::string::npos) << line;
  EXPECT_EQ(progress_line({"read", 0}, 10).find("left"), std::string::npos);
}

TEST(Format, WritesNumbersWithoutPowersOfTenWhereDigitsAreFew)
{
  EXPECT_EQ(format_number(0.123456), "0.1235");
  EXPECT_EQ(format_number(9999.4), "9999");
  EXPECT_EQ(format_number(9999.6), "10000");
  EXPECT_EQ(format_number(-34820.9), "-34821");
  EXPECT_EQ(format_number(2.998e11), "2.998e+11");
  EXPECT_EQ(format_number(std::nan("")), "nan");
}

TEST(Format, WritesDurations)
{
  EXPECT_EQ(format_duration(12.4), "12 s");
  EXPECT_EQ(format_duration(185), "3 min 05 s");
  EXPECT_EQ(format_duration(7800), "2 h 10 min");
  EXPECT_EQ(format_seconds(0.01234), "0.0123");
  EXPECT_EQ(format_seconds(12.345), "12.35");
}

}  // namespace
